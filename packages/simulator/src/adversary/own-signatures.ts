/**
 * Strategies that concern what the machine itself signs and builds: oldBackup and grind.
 *
 * @module
 */
import { compareBytes, type EraIndex, type Millis, type ProtocolId } from '@fiducia/consensus';
import type { Block, BuildRequest, ChainPort, LogEntry, SignerPort } from '@fiducia/consensus/ports';
import type { Disguise } from './disguise.ts';
import type { Machine } from './machine.ts';

/** Of the blocks that it may build, how many it lets go, as whoever dislikes the seed would. */
const ABSTAIN_PERMILLE = 150;

/**
 * Comes back from a crash with guard records and a log from before the crash (fault C18). It does nothing before the
 * machine is restarted for the first time; whoever plans a run crashes it some slots after the backup was made.
 */
export function createOldBackup(machine: Machine): Disguise {
  const backupMs = machine.drawSlots(2, 8);
  const backup = machine.options.createSigner();
  let entries: LogEntry[] = [];
  let backupAt = Number.POSITIVE_INFINITY;
  /** What happens in the first life before that moment is in the backup. */
  const isBackedUp = (): boolean => machine.isRestarted || machine.now < backupAt;
  return machine.disguise('oldBackup', {
    begin() {
      if (machine.isRestarted) machine.count('restored');
      else backupAt = machine.now + backupMs;
    },
    signer: (signer) => ({
      ...identityOf(signer),
      async sign(request) {
        const copy = isBackedUp() ? await backup.sign(request) : null;
        return machine.isRestarted && copy !== null ? copy : signer.sign(request);
      },
    }),
    log: (log) => ({
      async append(entry) {
        if (isBackedUp()) entries.push(entry);
        await log.append(entry);
      },
      read: (era, protocol) => (machine.isRestarted ? select(entries, era, protocol) : log.read(era, protocol)),
      async truncate(era, protocol, height) {
        const isKept = (entry: LogEntry): boolean =>
          entry.era !== era || entry.protocol !== protocol || entry.height > height;
        if (isBackedUp()) entries = entries.filter(isKept);
        await log.truncate(era, protocol, height);
      },
    }),
  });
}

/**
 * Builds several blocks where an honest node builds one (at other times where times are free, without certificates), keeps
 * the one with the lowest hash, which wins ties, and now and then none at all (faults C06, C08).
 */
export function createGrind(machine: Machine): Disguise {
  const { random, slotMs } = machine.options;
  return machine.disguise('grind', {
    chain: (chain) => ({
      ...portOf(chain),
      async build(request) {
        const block = await chain.build(request);
        if (block === null || !machine.isActing) return block;
        if (random.chance(ABSTAIN_PERMILLE)) {
          machine.count('abstained');
          return null;
        }
        const others = await Promise.all(variantsOf(request, slotMs).map((variant) => chain.build(variant)));
        const best = [block, ...others].reduce(lowerHash) ?? block;
        if (best.header.id !== block.header.id) machine.count('ground');
        return best;
      },
    }),
  });
}

function variantsOf(request: BuildRequest, slotMs: Millis): readonly BuildRequest[] {
  const later = (delayMs: Millis): BuildRequest => ({ ...request, timestamp: request.timestamp + delayMs });
  // Where time is cut into slots, only one time is valid.
  const times = request.timestamp % slotMs === 0 ? [] : [later(1), later(2), later(3)];
  return request.certificates.length === 0 ? times : [...times, { ...request, certificates: [] }];
}

function lowerHash(a: Block | null, b: Block | null): Block | null {
  if (a === null || b === null) return a ?? b;
  return compareBytes(a.header.sealHash, b.header.sealHash) <= 0 ? a : b;
}

async function* select(entries: readonly LogEntry[], era: EraIndex, protocol: ProtocolId): AsyncIterable<LogEntry> {
  for (const entry of entries) if (entry.era === era && entry.protocol === protocol) yield entry;
}

function identityOf(signer: SignerPort): Omit<SignerPort, 'sign'> {
  return {
    self: signer.self,
    publicKey: signer.publicKey,
    vrfPublicKey: signer.vrfPublicKey,
    proveVrf: (scope, alpha) => signer.proveVrf(scope, alpha),
  };
}

/** Delegates to a chain that may be an object with private fields. */
function portOf(chain: ChainPort): ChainPort {
  const refusalOf = chain.refusalOf?.bind(chain);
  return {
    provides: chain.provides,
    read: (locator) => chain.read(locator),
    decode: (bytes, part) => chain.decode(bytes, part),
    build: (request) => chain.build(request),
    seal: (block, seal) => chain.seal(block, seal),
    execute: (block, request) => chain.execute(block, request),
    commit: (update) => chain.commit(update),
    ...(refusalOf && { refusalOf }),
  };
}
