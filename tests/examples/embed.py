#!/usr/bin/python3
# gst-webrtc-negotiator
#
# SPDX-License-Identifier: LGPL-2.1-or-later

"""A call with one peer, in an application.

It sends a moving picture, adds sound once the connection is there, shows (here:
counts) whatever the peer sends, and greets it over a data channel.

    embed.py                              serves; open the address that it prints
    embed.py ws://127.0.0.1:8443/ws       joins that server

With --until-greeted it ends as soon as both sides have received picture, sound
and greeting.  docs/embedding.md walks
through it.
"""

import argparse
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstWebRTC  # noqa: E402

VIDEO = (
    "videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=240"
    " ! vp8enc deadline=1 keyframe-max-dist=30 ! rtpvp8pay"
)
AUDIO = "audiotestsrc is-live=true wave=ticks ! opusenc ! rtpopuspay"

# Looked up once: PyGObject makes it on first use, which two streaming threads must not do
# at the same time.
SRC = Gst.PadDirection.SRC

# What is done with the peer's streams; a real application would show and play.
RECEIVERS = {
    "VP8": "rtpvp8depay ! vp8dec ! fakesink name=sink sync=false async=false",
    "OPUS": "rtpopusdepay ! opusdec ! fakesink name=sink sync=false async=false",
}


class Call:
    def __init__(self, uri, listen, until_greeted):
        self.loop = GLib.MainLoop()
        self.until_greeted = until_greeted
        self.failed = False
        self.joins = uri is not None
        self.missing = {"picture", "sound", "greeting", "answer", "goodbye"}

        self.pipeline = Gst.Pipeline.new("call")
        self.negotiator = Gst.ElementFactory.make("webrtcnegotiator")
        if self.negotiator is None:
            sys.exit("webrtcnegotiator is not there; is it in GST_PLUGIN_PATH?")
        if uri:
            self.negotiator.set_property("signaller-uri", uri)
        elif listen:
            self.negotiator.set_property("listen", listen)
        self.pipeline.add(self.negotiator)

        # These come on the element's threads; in_main() leads to ours.
        self.negotiator.connect("pad-added", self.on_pad_added)
        self.negotiator.connect("data-channel", self.on_data_channel)
        self.negotiator.connect(
            "notify::connection-state", in_main(self.on_connection_state)
        )
        self.negotiator.connect("peer-left", in_main(self.on_peer_left))
        self.channel = self.negotiator.emit("create-data-channel", "greeting", None)
        self.channel.connect("on-open", lambda channel: say(channel, "hello"))
        self.channel.connect("on-message-string", in_main(self.on_reply))

        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message::error", self.on_error)
        bus.connect("message::warning", self.on_warning)
        bus.connect("message::progress", self.on_progress)

        self.add_stream(VIDEO)
        self.has_sound = False

    def run(self):
        self.pipeline.set_state(Gst.State.PLAYING)
        try:
            self.loop.run()
        except KeyboardInterrupt:
            pass
        # From this thread, not from a signal of the element's.
        self.pipeline.set_state(Gst.State.NULL)
        return 1 if self.failed else 0

    def add_stream(self, description):
        """At any time; what is needed to tell the peer is the element's affair."""
        source = Gst.parse_bin_from_description(description, True)
        self.pipeline.add(source)
        source.link(self.negotiator)
        source.sync_state_with_parent()

    def on_connection_state(self, negotiator, _pspec):
        state = negotiator.get_property("connection-state")
        print("connection:", state.value_nick, flush=True)
        if (
            state == GstWebRTC.WebRTCPeerConnectionState.CONNECTED
            and not self.has_sound
        ):
            self.has_sound = True
            self.add_stream(AUDIO)

    def on_pad_added(self, _negotiator, pad):
        """On a streaming thread, before the first packet, which then waits."""
        if pad.direction != SRC:
            return
        encoding = pad.get_current_caps().get_structure(0).get_string("encoding-name")
        if encoding not in RECEIVERS:
            print("no use for", encoding, flush=True)
            return
        receiver = Gst.parse_bin_from_description(RECEIVERS[encoding], True)
        self.pipeline.add(receiver)
        receiver.sync_state_with_parent()
        pad.link(receiver.get_static_pad("sink"))
        what = "picture" if encoding == "VP8" else "sound"
        sink = receiver.get_by_name("sink")
        sink.get_static_pad("sink").add_probe(
            Gst.PadProbeType.BUFFER, lambda *_: self.first_buffer(what)
        )

    def first_buffer(self, what):
        GLib.idle_add(self.on_received, what)
        return Gst.PadProbeReturn.REMOVE

    def on_data_channel(self, _negotiator, channel):
        """The peer's: it says nothing before this returns."""
        channel.connect("on-message-string", in_main(self.on_greeting))
        self.their_channel = channel

    def on_greeting(self, channel, text):
        print("the peer says:", text, flush=True)
        if text == "hello":
            say(channel, "welcome")
            self.on_received("greeting")
        elif text == "goodbye" and self.joins:
            self.on_received("goodbye")

    def on_reply(self, _channel, text):
        print("the peer answers:", text, flush=True)
        self.on_received("answer")

    def on_peer_left(self, _negotiator, peer):
        print("left:", peer, flush=True)
        self.on_received("goodbye")

    def on_received(self, what):
        """Who has all says so; who joined leaves then, and who serves stays until
        that is done."""
        if what not in self.missing:
            return
        self.missing.discard(what)
        if not self.until_greeted:
            return
        if what != "goodbye" and self.missing <= {"goodbye"}:
            say(self.channel, "goodbye")
        if not self.missing:
            self.loop.quit()

    def on_progress(self, _bus, message):
        _type, _code, text = message.parse_progress()
        print(text, flush=True)

    def on_warning(self, _bus, message):
        error, _debug = message.parse_warning()
        print("warning:", error.message, file=sys.stderr, flush=True)

    def on_error(self, _bus, message):
        error, _debug = message.parse_error()
        print("error:", error.message, file=sys.stderr, flush=True)
        self.failed = True
        self.loop.quit()


def say(channel, text):
    if not channel.emit("send-string", text):
        print("could not send", text, file=sys.stderr, flush=True)


def in_main(handler):
    """Of the handler of a signal: has it called in the main thread."""

    def call(*arguments):
        GLib.idle_add(lambda: handler(*arguments) and False)

    return call


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("uri", nargs="?", help="a server, such as ws://HOST:8443/ws")
    parser.add_argument("--listen", help="HOST:PORT to serve at")
    parser.add_argument("--until-greeted", action="store_true")
    arguments = parser.parse_args()
    Gst.init(None)
    return Call(arguments.uri, arguments.listen, arguments.until_greeted).run()


if __name__ == "__main__":
    sys.exit(main())
