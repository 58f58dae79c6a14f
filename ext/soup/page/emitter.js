/* What fires events
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/** Every event can be had by addEventListener () and by an on… property. */
export class Emitter extends EventTarget {
  emit(type, detail, argument) {
    const event = Object.assign(new Event(type), detail);
    try {
      this[`on${type}`]?.(argument ?? event);
    } catch (error) {
      reportError(error);          // the application's, not ours
    }
    this.dispatchEvent(event);
  }
}
