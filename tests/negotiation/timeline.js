/* A negotiation that is led by lines of text: an event, and what is to be done then.
 * docs/development.md has the words; timeline.c does the same for the core in C.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

import { SESSION_UNKNOWN } from "../../ext/soup/page/description.js";
import { Negotiation } from "../../ext/soup/page/negotiation.js";

const ARROW = " -> ";
const REST = " ...";               // what else there is to be done is asked for later
const SECOND = 1000000;
const STATES = { "stable": "stable", "have-local-offer": "have-local",
  "have-remote-offer": "have-remote" };
const UNITS = { s: SECOND, ms: SECOND / 1000, us: 1 };
const LAYOUTS = { none: "", negotiated: " negotiated", offered: " offered" };

function complain(complaint) {
  throw new Error(complaint);
}

// --- Words.

/** A word, or in quotes what would be none. */
const printText = text => /^[^ "\\;\r\n]+$/.test(text) ? text : JSON.stringify(text);

const printTime = time => time % SECOND === 0 ? `${time / SECOND}s` : `${time}us`;

function parseTime(text) {
  const [, number, unit] = /^(\d+)(s|ms|us)$/.exec(text ?? "") ?? complain("a time?");
  return Number(number) * UNITS[unit];
}

/** The words of a line, and its options NAME=VALUE apart; "-" is none. */
function parseWords(line) {
  const words = [], options = {};
  const parts = line.includes('"') ? line.match(/(?:[^ "=]+=)?"(?:\\.|[^"\\])*"|[^ ]+/g)
    : line.split(" ");
  for (const part of parts) {
    const equals = part.startsWith('"') ? -1 : part.indexOf("=");
    const value = part.slice(equals + 1);
    const text = value.startsWith('"') ? JSON.parse(value) : value;
    if (equals >= 0)
      options[part.slice(0, equals)] = text;
    else
      words.push(text === "-" ? undefined : text);
  }
  return [words, options];
}

const number = (text, none) => text === undefined ? none : Number(text);

/** The text is the id if nothing else is said. */
function describe(type, [id, ufrags], { text, answers, session }) {
  return { type, sdp: text ?? id ?? "", id, ufrags: ufrags?.split(","),
    answeredId: answers, session: number(session, SESSION_UNKNOWN) };
}

function makeCandidate(candidate, { mid, mline, ufrag, session }) {
  return { candidate, mid, mline: number(mline, -1), ufrag,
    session: number(session, SESSION_UNKNOWN) };
}

export class Timeline {
  #negotiation = new Negotiation();
  #now = SECOND;
  #state = "stable";               // as it was printed last
  #isExact = false;                // everything about an action is printed

  // --- Actions.

  #printReport({ report, state, detail }) {
    const name = report === "stable" ? "ok" : report;
    if (report !== "state-changed")
      return detail === undefined ? `(${name})` : `(${name}: ${detail})`;
    const isNew = this.#isExact || state !== this.#state;
    this.#state = state;
    return isNew ? `(${STATES[state]})` : "";
  }

  /** Nothing, where only the state changed and is told already. */
  #print(action) {
    const { type, forced, commit, description, candidate, id, beginning, session, layout,
      offerId } = action;
    const plus = commit ? "+" : "";
    const at = this.#isExact ? ` @${session}` : "";
    switch (type) {
      case "check": return forced ? "check!" : "check";
      case "offer": return `offer${plus}`;
      case "take-answer": return `take${plus} ${description.id}`;
      case "answer": return `answer ${description.id}`;
      case "roll-back": return "rollback";
      case "replace": return `replace${LAYOUTS[layout]}`;
      case "add-candidate": return `add ${printText(candidate.candidate)}`;
      case "send-candidate": return `send ${printText(candidate.candidate)}${at}`;
      case "send-description": {
        const { answeredId } = description;
        const of = this.#isExact && answeredId !== undefined ? ` of ${answeredId}` : "";
        return `send ${description.id}${of}${at}`;
      }
      case "send-reject": return `reject ${id}${at}`;
      case "send-restart": return `restart ${session}`;
      case "send-beginning": {
        const offer = offerId === undefined ? "" : ` ${offerId}`;
        return `${beginning === "first" ? "begin" : `${beginning} ${id}`}${offer}${at}`;
      }
      case "report": return this.#printReport(action);
      default: return complain(`${type} is no action`);
    }
  }

  // --- Events.

  /** What the remote peer says. */
  #hear([kind, ...words], options) {
    const negotiation = this.#negotiation;
    const now = this.#now;
    const session = number(options.session, SESSION_UNKNOWN);
    switch (kind) {
      case "offer": case "answer":
        negotiation.receiveDescription(describe(kind, words, options), now);
        break;
      case "candidate":
        negotiation.receiveCandidate(makeCandidate(words[0], options), now);
        break;
      case "reject": negotiation.receiveReject(words[0], session, now); break;
      case "restart": negotiation.receiveRestart(Number(words[0]), now); break;
      case "first": case "again": case "heard":
        negotiation.receiveBeginning(kind, words[0], options.with, Math.max(session, 0),
          options.offer, now);
        break;
      case "garbage": negotiation.receiveGarbage("garbage"); break;
      case "bad-offer":
        negotiation.receiveBadOffer(words[0], session, "a bad offer");
        break;
      default: complain(`nobody says ${kind}`);
    }
  }

  /** Returns what comes before the actions. */
  #dispatch(event) {
    const negotiation = this.#negotiation;
    const now = this.#now;
    const [[name, ...words], options] = parseWords(event);
    switch (name) {
      case "hear": this.#hear(words, options); break;
      case "exact": this.#isExact = true; break;
      case "polite": case "impolite": negotiation.setPolite(name === "polite"); break;
      case "automatic": case "manual":
        negotiation.setAutoAnswer(name === "automatic");
        break;
      case "timeout": negotiation.setTimeout(parseTime(words[0])); break;
      case "wait": this.#now += parseTime(words[0]); break;
      case "expire": {
        const expiry = negotiation.getExpiry();
        if (expiry === Infinity)
          complain("nothing expires");
        this.#now = Math.max(now, expiry);
        negotiation.handleExpiry(this.#now);
        break;
      }
      case "tick": negotiation.handleExpiry(now); break;
      case "done": case "change": case "hint": case "ask": case "accept": case "reject":
      case "connected": case "postponed":
        negotiation[name](now);
        break;
      case "begin": negotiation.begin(words[0], now); break;
      case "end": negotiation.end(); break;
      case "restart": negotiation.restart(words[0], now); break;
      case "checked": negotiation.checked(words[0] === "yes", now); break;
      case "offered": negotiation.offered(describe("offer", own(words), options), now); break;
      case "answered":
        negotiation.answered(describe("answer", own(words), options), now);
        break;
      case "failed": negotiation.failed(words[0], words[1] ?? words[0], now); break;
      case "candidate":
        negotiation.localCandidate(makeCandidate(words[0], options), now);
        break;
      case "not-added":
        negotiation.candidateFailed(makeCandidate(words[0], options), "not added");
        break;
      case "admit":
        return negotiation.admit(words[0], options.with, words[1] === "vital", now)
          ? "yes" : "no";
      default: complain(`${name} is no event`);
    }
    return "";
  }

  /** Returns what is to be done then, separated by semicolons.  `n`: no more than so
   * many of them. */
  perform(event, n = Infinity) {
    let actions = this.#dispatch(event);
    if (event.startsWith("wait "))
      return actions;
    for (let action, i = 0; i < n && (action = this.#negotiation.poll()); i++) {
      const text = this.#print(action);
      if (text)
        actions += actions ? `; ${text}` : text;
    }
    return actions;
  }

  // --- The state.

  getState(name) {
    const negotiation = this.#negotiation;
    const isSo = fact => fact ? "yes" : "no";
    switch (name) {
      case "signaling": return STATES[negotiation.getSignalingState()];
      case "session": return String(negotiation.getSession());
      case "timeout": return printTime(negotiation.getTimeout());
      case "expiry": {
        const expiry = negotiation.getExpiry();
        return expiry === Infinity ? "never" : printTime(Math.max(expiry - this.#now, 0));
      }
      case "id": return negotiation.getId() ?? "none";
      case "remote-id": return negotiation.getRemoteId() ?? "none";
      case "polite": return isSo(negotiation.isPolite());
      case "making-offer": return isSo(negotiation.isMakingOffer());
      case "ignoring-offer": return isSo(negotiation.isIgnoringOffer());
      case "negotiated": return isSo(negotiation.isNegotiated());
      case "idle": return isSo(negotiation.isIdle());
      case "last-negotiation": return printTime(negotiation.stats.lastNegotiationUs);
      case "max-negotiation": return printTime(negotiation.stats.maxNegotiationUs);
      default: {
        const counter = name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
        return String(negotiation.stats[counter] ?? complain(`is what? ${name}`));
      }
    }
  }

  // --- Lines.

  /** EVENT [-> ACTION; ACTION… [...]], or `is NAME VALUE [NAME VALUE…]`. */
  play(line) {
    if (line.startsWith("is ")) {
      const words = line.split(" ");
      for (let i = 1; i < words.length; i += 2)
        if (this.getState(words[i]) !== words[i + 1])
          complain(`${words[i]} is ${this.getState(words[i])}`);
      return;
    }
    const arrow = line.indexOf(ARROW);
    const isPart = line.endsWith(REST);
    const expected = arrow < 0 ? ""
      : line.slice(arrow + ARROW.length, isPart ? -REST.length : undefined);
    const actions = this.perform(arrow < 0 ? line : line.slice(0, arrow),
      isPart ? expected.split("; ").filter(text => !/^(yes|no|)$/.test(text)).length
        : Infinity);
    if (actions !== expected && !areExpected(actions, expected))
      complain(`it does: ${actions}`);
  }
}

const own = ([id, ...ufrags]) => ufrags.length > 0 ? [id, ...ufrags] : [id, "l"];

/** A report is also right without its detail. */
function areExpected(actions, expected) {
  const all = actions.split("; "), right = expected.split("; ");
  return all.length === right.length && all.every((action, i) => action === right[i]
    || right[i].startsWith("(") && action.startsWith(`${right[i].slice(0, -1)}: `));
}

// --- Files.

const substitute = (text, n) => text.replace(/\{n(?:\+(\d+))?\}/g,
  (_, more = "0") => String(n + Number(more)));

/** `given NAME` and `repeat N … again` become the lines that they stand for. */
function expand(lines, givens) {
  const all = [];
  for (let i = 0; i < lines.length; i++) {
    const { text, number: at } = lines[i];
    if (text.startsWith("given ")) {
      all.push(...givens.get(text.slice("given ".length))
        ?? complain(`${at}: nothing is given as ${text}`));
    } else if (text.startsWith("repeat ")) {
      const end = lines.findIndex((line, j) => j > i && line.text === "again");
      const body = expand(lines.slice(i + 1, end), givens);
      for (let n = 0; n < Number(text.slice("repeat ".length)); n++)
        all.push(...body.map(line => ({ ...line, text: substitute(line.text, n) })));
      i = end;
    } else {
      all.push(lines[i]);
    }
  }
  return all;
}

/** The cases of a file: [{ name, lines: [{ number, text }] }].  Cases called
 * "given NAME" are put into `givens`. */
export function parseCases(content, givens) {
  const cases = [];
  content.split("\n").forEach((raw, i) => {
    const text = raw.replace(/^#.*|^ +| +$/g, "");
    if (text.startsWith("== "))
      cases.push({ name: text.slice("== ".length), lines: [] });
    else if (text && cases.length === 0)
      complain(`${i + 1}: a line before the first case`);
    else if (text)
      cases.at(-1).lines.push({ number: i + 1, text });
  });
  return cases.filter(one => {
    one.lines = expand(one.lines, givens);
    if (one.name.startsWith("given "))
      givens.set(one.name.slice("given ".length), one.lines);
    return !one.name.startsWith("given ");
  });
}

/** Plays a case, up to where it is not right: then it throws an Error. */
export function playCase({ lines }) {
  const timeline = new Timeline();
  for (const { number: at, text } of lines) {
    try {
      timeline.play(text);
    } catch (error) {
      error.message = `line ${at}: ${text}\n  ${error.message}`;
      throw error;
    }
  }
}
