/**
 * Which plugin governs which height.
 *
 * @module
 */
import type { ConsensusPlugin, ConsensusRules, EraIndex, FactKind, Height, ProtocolId } from '@fiducia/consensus';
import type { SigningScope } from '@fiducia/consensus/ports';

/** An era with its plugin made ready: configuration parsed, rules created. */
export interface ActiveEra {
  readonly index: EraIndex;
  readonly fromHeight: Height;
  readonly plugin: ConsensusPlugin;
  readonly config: unknown;
  readonly protocol: ProtocolId;
  readonly rules: ConsensusRules<unknown>;
  /** Where signatures of this era are valid (contract, section 7). */
  readonly scope: SigningScope;
  /** Facts the plugin gets; all others are withheld. */
  readonly facts: ReadonlySet<FactKind>;
}
