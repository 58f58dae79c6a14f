#!/usr/bin/python3
# Usage: application.py OUTPUT ELEMENT [PROPERTY=VALUE…]
#
# An application around one element, for tests.  What is received is decoded into
# OUTPUT-0, OUTPUT-1…; lines of standard input are commands, in JSON; what happens is
# told on standard output.  It ends with its standard input.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

import itertools
import json
import os
import signal
import sys
import threading

import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstWebRTC  # noqa: E402

STREAM = ("videotestsrc is-live=true pattern=ball "
          "! video/x-raw,width=160,height=120,framerate=20/1 "
          "! vp8enc deadline=1 keyframe-max-dist=40 ! rtpvp8pay")
# Called an encoding that no browser knows.
UNKNOWN = (STREAM + " ! capssetter caps=application/x-rtp,media=video,"
           "encoding-name=H263-1998,clock-rate=90000,payload=96 replace=true")
DECODER = ("rtpvp8depay ! vp8dec ! videoconvert ! videoscale "
           "! video/x-raw,format=RGB,width=64,height=36 "
           "! filesink async=false buffer-mode=unbuffered location={}")


Gst.init(None)

# PyGObject makes these when they are first asked for, which two threads must not do at
# once.
SRC = Gst.PadDirection.SRC
LINKED = Gst.PadLinkReturn.OK
parse_bin = Gst.parse_bin_from_description

# One line at a time: streaming threads tell something, too.
telling = threading.Lock()


def tell(text):
    with telling:
        print(text, flush=True)


class Application:
    def __init__(self, output, description):
        self.output = output
        self.received = itertools.count()
        self.streams = []            # (SSRC, bin, the element's pad)
        self.decoders = {}           # pad's name → bin
        self.channels = []
        self.loop = GLib.MainLoop()
        self.status = 0
        self.pipeline = Gst.parse_launch(description)
        self.element = self.pipeline
        if not isinstance(self.pipeline, Gst.Pipeline):
            self.pipeline = Gst.Pipeline()
            self.pipeline.add(self.element)
        self.element.connect("pad-added", self.on_pad_added)
        self.element.connect("pad-removed", self.on_pad_removed)
        self.element.connect("data-channel", self.on_data_channel)
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message", self.on_message)

    def run(self):
        self.rest = b""
        GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGINT, self.loop.quit)
        channel = GLib.IOChannel.unix_new(sys.stdin.fileno())
        GLib.io_add_watch(channel, GLib.PRIORITY_DEFAULT,
                          GLib.IOCondition.IN | GLib.IOCondition.HUP, self.on_input)
        self.pipeline.set_state(Gst.State.PLAYING)
        self.loop.run()
        self.pipeline.set_state(Gst.State.NULL)
        return self.status

    def on_message(self, _bus, message):
        if message.type == Gst.MessageType.ERROR:
            tell(f"ERROR {message.parse_error()}")
            self.status = 1
            self.loop.quit()
        elif message.type == Gst.MessageType.WARNING:
            tell(f"warning: {message.parse_warning()[0].message}")
        elif message.type == Gst.MessageType.PROGRESS:
            tell(message.parse_progress().text)
        elif message.has_name("webrtc-negotiator"):
            tell(message.get_structure().to_string())

    # --- What is received

    def on_pad_added(self, _element, pad):
        # On the streaming threads, of which there may be several at a time.
        if pad.get_direction() != SRC:
            return
        number = next(self.received)
        decoder = parse_bin(DECODER.format(f"{self.output}-{number}"), True)
        self.decoders[pad.get_name()] = decoder
        self.pipeline.add(decoder)
        decoder.sync_state_with_parent()
        tell(f"received {number} {pad.link(decoder.get_static_pad('sink'))}")

    def on_pad_removed(self, _element, pad):
        decoder = self.decoders.pop(pad.get_name(), None)
        if decoder:
            GLib.idle_add(self.drop, decoder)

    def drop(self, part):
        part.set_state(Gst.State.NULL)
        self.pipeline.remove(part)

    def on_data_channel(self, _element, channel):
        tell("data-channel")
        self.use(channel)
        channel.connect("on-message-string",
                        lambda self, text: self.emit("send-string", f"echo {text}"))

    def use(self, channel):
        self.channels.append(channel)
        channel.connect("on-open", lambda _: tell("open"))
        channel.connect("on-close", lambda _: tell("close"))
        channel.connect("on-message-string", lambda _, text: tell(f"message {text}"))

    # --- Commands

    def on_input(self, _channel, _condition):
        # Not by sys.stdin, which keeps what comes at once with a line.
        text = os.read(sys.stdin.fileno(), 65536)
        if not text:
            self.loop.quit()
            return False
        *lines, self.rest = (self.rest + text).split(b"\n")
        for line in lines:
            command = json.loads(line)
            getattr(self, f"do_{command.pop('do')}")(**command)
        return True

    def do_emit(self, signal):
        self.element.emit(signal)

    def do_set(self, name, value):
        Gst.util_set_object_arg(self.element, name, value)

    def do_add(self, unknown=False, ssrc=None):
        description = UNKNOWN if unknown else STREAM
        if ssrc:
            description += f" ssrc={ssrc}"
        stream = parse_bin(description, True)
        pad = self.element.request_pad_simple("sink_%u")
        self.pipeline.add(stream)
        stream.get_static_pad("src").link(pad)
        stream.sync_state_with_parent()
        self.streams.append((ssrc, stream, pad))

    def find(self, ssrc):
        return next(found for found in reversed(self.streams)
                    if ssrc is None or found[0] == ssrc)

    def do_remove(self, ssrc=None):
        found = self.find(ssrc)
        self.streams.remove(found)
        _, stream, pad = found
        self.drop(stream)
        self.element.release_request_pad(pad)

    def do_direct(self, ssrc, direction):
        self.element.emit("set-direction", self.find(ssrc)[2],
                          getattr(GstWebRTC.WebRTCRTPTransceiverDirection, direction))

    def do_state(self):
        tell("state " + json.dumps({
            name: self.element.get_property(name).value_nick
            for name in ("signaling-state", "connection-state")}))

    def do_channel(self, label):
        self.use(self.element.emit("create-data-channel", label, None))

    def do_send(self, text):
        self.channels[-1].emit("send-string", text)

    def do_stats(self):
        stats = self.element.get_property("stats")
        names = [stats.nth_field_name(i) for i in range(stats.n_fields())]
        tell("stats " + json.dumps({name: stats.get_value(name) for name in names}))


sys.exit(Application(sys.argv[1], " ".join(sys.argv[2:])).run())
