/**
 * Lines of a file of recorded values.
 *
 * @module
 */

/** No line of a recording is longer; whoever reads the lines refuses one of this length. */
const LINE_CHARACTERS_MAX = 2 ** 28 + 1;

/**
 * Lines of a text that comes in pieces. They end at line feeds alone: other separators, at which `node:readline` splits too, may
 * stand within a value in JSON. A line without end is cut off where it is too long for any use.
 */
export async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let waiting = '';
  for await (const piece of pieces) {
    let start = 0;
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', start)) {
      yield waiting + piece.slice(start, end);
      waiting = '';
      start = end + 1;
    }
    waiting += piece.slice(start);
    if (waiting.length < LINE_CHARACTERS_MAX) continue;
    yield waiting;
    return;
  }
  if (waiting.length > 0) yield waiting;
}
