/**
 * Eras that the chain itself decides on: governed parameters announce them (contract H-36).
 *
 * @module
 */
import type { Era, Fact, Height, PluginReference } from '@fiducia/consensus';

/** Name of the governed parameter that announces an era. */
export const ERA_PARAMETER = 'consensus/era';

/** Longest announcement, room for the names of a hundred validators; what is longer is ignored like anything malformed. */
const ANNOUNCEMENT_CHARACTERS_MAX = 16_384;
/** Most announcements of one chain, as every record carries them; further ones are ignored. */
const ANNOUNCEMENTS_MAX = 64;

/** An era announced on a branch. */
export interface AnnouncedEra {
  /** Block whose fact announced it. */
  readonly announcedAt: Height;
  /** Text of the parameter. */
  readonly text: string;
  /** What it says. */
  readonly era: Era;
}

/**
 * Reads an announcement: JSON with `fromHeight`, `production` and, for a gadget, `finality`; each of the latter
 * with `name` and `config`. Total: anything else is `undefined` on every node.
 */
export function parseAnnouncement(text: string): Era | undefined {
  if (text.length > ANNOUNCEMENT_CHARACTERS_MAX) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || !Number.isSafeInteger(value.fromHeight) || !isReference(value.production)) return undefined;
  const { production, finality } = value;
  const fromHeight = value.fromHeight as Height;
  if (finality === undefined) return { fromHeight, production };
  return isReference(finality) ? { fromHeight, production, finality } : undefined;
}

/**
 * Announcements of a branch after a block. One counts if it leaves the notice and lies above every earlier era,
 * configured or announced, so a branch has one order of eras.
 *
 * @param above - First height of the newest era that is scheduled already.
 */
export function extendAnnouncements(
  announced: readonly AnnouncedEra[],
  height: Height,
  facts: readonly Fact[],
  above: Height,
  noticeBlocks: number,
): readonly AnnouncedEra[] {
  let list = announced;
  for (const fact of facts) {
    if (fact.kind !== 'parameter' || fact.name !== ERA_PARAMETER || list.length >= ANNOUNCEMENTS_MAX) continue;
    const era = parseAnnouncement(fact.value);
    const after = Math.max(above, list.at(-1)?.era.fromHeight ?? 0);
    if (era === undefined || era.fromHeight <= after || era.fromHeight < height + noticeBlocks) continue;
    list = [...list, { announcedAt: height, text: fact.value, era }];
  }
  return list;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isReference(value: unknown): value is PluginReference {
  return isRecord(value) && typeof value.name === 'string' && 'config' in value;
}
