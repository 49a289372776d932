/**
 * The planted bugs by number, as the specification lists them (simulation, section 8), and those that were added because
 * a checker would otherwise have had nothing to find.
 *
 * @module
 */
import type { Mutant } from '../mutant.ts';

const specified = (id: string, appliesTo: string, title: string, expected: string): Mutant => ({
  id,
  appliesTo,
  title,
  expected,
  isAdded: false,
});

const added = (id: string, appliesTo: string, title: string, expected: string): Mutant => ({
  ...specified(id, appliesTo, title, expected),
  isAdded: true,
});

/** Every bug, in order. */
export const MUTANTS: readonly Mutant[] = [
  specified('MUT-01', 'finality', 'no target mark (V1)', 'SCH-3'),
  specified('MUT-02', 'finality', 'no source mark (V2)', 'SCH-2'),
  specified('MUT-03', 'finality', 'marks only in memory', 'SCH-1, I5'),
  specified('MUT-04', 'finality', 'vote sent before it is durable', 'crash points, I5'),
  specified('MUT-05', 'finality', 'quorum `floor(2W/3)`', 'unit q/q−1, Twins'),
  specified('MUT-06', 'finality', 'simple majority', 'random, I1'),
  specified('MUT-07', 'finality', 'finalise on a non-consecutive link', 'random, I1'),
  specified('MUT-08', 'finality', 'justify from an unjustified source', 'unit, Twins'),
  specified('MUT-09', 'finality', 'duplicate signer counted twice', 'unit'),
  specified('MUT-10', 'finality', 'next committee active before b is final', 'C16'),
  specified('MUT-11', 'finality', 'committee read from head state', 'C16, reorg'),
  specified('MUT-12', 'finality', 'conflicting certificate moves `lastFinal`', 'I2'),
  specified('MUT-13', 'finality', 'no vote above b+1 (strict hand-over)', 'SCH-4, I10'),
  specified('MUT-14', 'finality', 'chain id or era missing from signed bytes', 'replay test'),
  specified('MUT-15', 'pbft', 'new round proposes a fresh block despite a prepared one', 'PT-04, Twins'),
  specified('MUT-16', 'pbft', 'any instead of highest prepared round', 'PT-08'),
  specified('MUT-17', 'pbft', 'prepared certificate of another round or height accepted', 'PT-05, PT-06'),
  specified('MUT-18', 'pbft', 'PREPARE quorum − 1', 'Twins'),
  specified('MUT-19', 'pbft', 'f+1 jump to the highest round, or none', 'PT-10, I10'),
  specified('MUT-20', 'pbft', 'PREPARE/COMMIT sent before durable', 'PT-15, I5'),
  specified('MUT-21', 'pbft', 'round timeout does not grow', 'I10 under delay'),
  specified('MUT-22', 'pbft', 'NEW-BLOCK counts duplicate seals', 'PT-13'),
  specified('MUT-23', 'pbft', 'proposer identity not checked', 'PT-03 variant, I7'),
  specified('MUT-24', 'pos, dpos, dt-dpos', 'stake snapshot taken after the seed is known', 'C06 optimiser'),
  specified('MUT-25', 'pos, dpos, dt-dpos', 'candidate order by receipt (unstable sort)', 'I12'),
  specified('MUT-26', 'pos, dpos, dt-dpos', 'double production ignored', 'C01, I6'),
  specified('MUT-27', 'pos, dpos, dt-dpos', 'VRF proof not bound to the slot', 'vector, C08'),
  specified('MUT-28', 'pos, dpos, dt-dpos', 'block of a future or foreign slot accepted', 'I7'),
  specified('MUT-29', 'dpos, dt-dpos', 'misses charged before election', 'unit, I13'),
  specified('MUT-30', 'dpos, dt-dpos', 'missed slots not charged when the head reorganises', 'recount property'),
  specified('MUT-31', 'pow', 'median-time-past not checked', 'C10'),
  specified('MUT-32', 'pow', 'retarget window off by one', 'vector'),
  specified('MUT-33', 'pow', 'clamp missing', 'C10, vector'),
  specified('MUT-34', 'pow', 'longest chain instead of most work', 'I8'),
  specified('MUT-35', 'pow', 'header target not compared with the rule', 'C14'),
  specified('MUT-36', 'ledger', 'undo applied in wrong order', 'reorg, I12'),
  specified('MUT-37', 'ledger', 'nonce check `>=`', 'I4'),
  specified('MUT-38', 'ledger', 'sum of outputs unchecked', 'T03, I4'),
  specified('MUT-39', 'ledger', 'validity checks skipped on the block path (only pool checks)', 'T03'),
  specified('MUT-40', 'host', 'reorganisation below final allowed', 'I2'),
  specified('MUT-41', 'host', 'future-message buffer without per-sender cap', 'PT-17, I11'),
  specified('MUT-42', 'store', 'head pointer in its own transaction', 'crash points, I9'),
  specified('MUT-43', 'store', 'acknowledge before sync', 'crash points, I9'),
  specified('MUT-44', 'trust, dt-dpos', 'trust reads local receipt time or a float', 'I12, I13'),
  specified('MUT-45', 'trust, dt-dpos', 'evidence counted twice after a reorganisation', 'I13'),
  specified('MUT-46', 'node', 'API reports "final" for justified blocks', 'I14'),
  specified('MUT-47', 'finality', 'era i finalises above its boundary b (no F5)', 'SCH-5, I1'),
  added('MUT-48', 'host', 'the final block is forgotten at a restart', 'I2 alone'),
  added('MUT-49', 'host', 'directives are not carried out', 'I3 alone'),
  added('MUT-50', 'host', 'everybody produces in every slot, and no header is refused', 'I7 alone'),
  added('MUT-51', 'host', 'of equal branches the first one stays', 'I8 alone'),
  added('MUT-52', 'host', 'what became final is told, but not stored', 'I14 alone'),
  added('MUT-53', 'ledger', 'a fee is credited to the author, but not taken from the payer', 'I4 alone'),
  added('MUT-54', 'host', 'nobody answers questions for blocks', 'I10 alone'),
  added('MUT-55', 'pbft, host', 'a copy of a final block with another seal passes for a rival', 'adversary `reseal`'),
];
