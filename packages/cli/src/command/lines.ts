/**
 * Lines of a file of recorded values.
 *
 * @module
 */

/** No line of a recording is longer; whoever reads the lines refuses one of this length. */
const LINE_CHARACTERS_MAX = 2 ** 28 + 1;

/** A line of a text. */
export interface Line {
  readonly text: string;
  /** Whether it is over. The last line of a file may break off; one that is too long is over where it was cut. */
  readonly hasEnd: boolean;
}

/**
 * Lines of a text that comes in pieces. They end at line feeds alone: other separators, at which `node:readline` splits too, may
 * stand within a value in JSON. A line without end is cut off where it is too long for any use.
 */
export async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<Line> {
  let waiting = '';
  for await (const piece of pieces) {
    let start = 0;
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', start)) {
      yield { text: waiting + piece.slice(start, end), hasEnd: true };
      waiting = '';
      start = end + 1;
    }
    waiting += piece.slice(start);
    if (waiting.length < LINE_CHARACTERS_MAX) continue;
    yield { text: waiting, hasEnd: true };
    return;
  }
  if (waiting.length > 0) yield { text: waiting, hasEnd: false };
}
