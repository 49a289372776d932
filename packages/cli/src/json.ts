/**
 * JSON of files that may end anywhere.
 *
 * @module
 */

/** The value of a text in JSON; `undefined` for any other, as for what is left of an object that was cut off. */
export function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
