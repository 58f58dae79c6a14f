/* The line does what it is told, and its counters tell what it did.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { Line, Unavailable } from "./line.js";

const HEADERS = 28;                // of IP and UDP

let line, unavailable, from, to, arrived;

before(async () => {
  try {
    line = await Line.start();
  } catch (error) {
    if (!(error instanceof Unavailable))
      throw error;
    unavailable = error.message;
  }
});
after(() => line?.stop());

beforeEach(async () => {
  if (!line)
    return;
  line.clear();
  line.set("queue both 300");
  line.set("seed both 1");
  line.samples.length = 0;
  arrived = [];
  [from, to] = await Promise.all([0, 0].map(async () => {
    const socket = createSocket("udp4").bind(0, "192.0.2.1");
    await once(socket, "listening");
    return socket;
  }));
  to.on("message", message => arrived.push({ number: message.readUInt32BE(), time: Date.now() }));
});
afterEach(() => {
  from?.close();
  to?.close();
});

function send(count, size, [a, b] = [from, to]) {
  const { port } = b.address();
  for (let i = 0; i < count; i++) {
    const message = Buffer.alloc(size - HEADERS);
    message.writeUInt32BE(i);
    a.send(message, port, "192.0.2.1");
  }
}

const total = (name, direction = "forward") =>
  line.samples.reduce((sum, sample) => sum + sample[direction][name], 0);

/** Until the line has dealt with so many, and delivered what it did not drop. */
async function dealtWith(count, direction = "forward") {
  const left = () => total("packets", direction) - total("lost", direction)
    - total("dropped", direction) - total("cut", direction);
  while (total("packets", direction) < count || arrived.length < left())
    await new Promise(resolve => setTimeout(resolve, 20));
}

describe("the line", () => {
  const check = (name, run) => it(name, { timeout: 60000 }, async test => {
    if (unavailable)
      test.skip(unavailable);
    else
      await run();
  });

  check("passes on what is sent, in order", async () => {
    send(50, 1000);
    await dealtWith(50);
    assert.deepEqual(arrived.map(({ number }) => number), Array.from({ length: 50 }, (_, i) => i));
    assert.equal(total("bytes"), 50 * 1000);
    assert.equal(total("bytes", "back"), 0);
  });

  check("loses the share that it is told to, and each time the same", async () => {
    const lost = [];
    for (let run = 0; run < 2; run++) {
      line.set("loss both 10");
      line.set("seed both 7");
      line.samples.length = 0;
      arrived.length = 0;
      // No more at a time than a socket keeps.
      for (let i = 0; i < 40; i++) {
        send(50, 200);
        await dealtWith(50 * (i + 1));
      }
      assert.equal(arrived.length, 2000 - total("lost"));
      lost.push(total("lost"));
    }
    assert.ok(lost[0] > 140 && lost[0] < 260, `${lost[0]} of 2000`);
    assert.equal(lost[0], lost[1]);
  });

  check("delays", async () => {
    line.set("delay forward 200");
    const begin = Date.now();
    send(1, 500);
    await dealtWith(1);
    assert.ok(arrived[0].time - begin >= 199, `${arrived[0].time - begin} ms`);
  });

  check("has a rate", async () => {
    line.set("queue both 10000");
    line.set("rate forward 400");
    const begin = Date.now();
    send(50, 1000);
    await dealtWith(50);
    const took = arrived[49].time - begin;
    assert.ok(took >= 50 * 20 - 1, `${took} ms`);
    const waits = line.samples.flatMap(({ forward }) => forward.waits);
    assert.ok(Math.max(...waits) >= 40 * 20, `${Math.max(...waits)} ms`);
  });

  check("has a queue, and drops what does not fit", async () => {
    line.set("queue both 200");
    line.set("rate forward 400");
    send(50, 1000);
    await dealtWith(50);
    assert.equal(arrived.length, 50 - total("dropped"));
    assert.ok(total("dropped") > 30, `${total("dropped")} dropped`);
    assert.ok(arrived.length >= 10, `${arrived.length} passed`);
  });

  check("is cut, and back", async () => {
    line.set("cut both 1");
    send(10, 500);
    await dealtWith(10);
    assert.equal(total("cut"), 10);
    line.set("cut both 0");
    send(10, 500);
    await dealtWith(20);
    assert.equal(arrived.length, 10);
  });

  check("what goes against the media is feedback", async () => {
    send(50, 1000);
    await dealtWith(50);
    send(10, 100, [to, from]);
    line.set("loss back 100");
    while (total("packets", "back") < 10)
      await new Promise(resolve => setTimeout(resolve, 20));
    assert.equal(total("bytes", "back"), 1000);
    assert.equal(total("packets"), 50);
  });
});
