/** Every entry, so that the compiler reads all declarations; it is told not to skip those of libraries. */
import * as consensus from '@fiducia/consensus';
import * as consensusPorts from '@fiducia/consensus/ports';
import * as consensusDpos from '@fiducia/consensus-dpos';
import * as consensusDtDpos from '@fiducia/consensus-dt-dpos';
import * as consensusPbft from '@fiducia/consensus-pbft';
import * as consensusPos from '@fiducia/consensus-pos';
import * as consensusPow from '@fiducia/consensus-pow';
import * as crypto from '@fiducia/crypto';
import * as cryptoMiner from '@fiducia/crypto/miner';
import * as di from '@fiducia/di';
import * as energy from '@fiducia/energy';
import * as finalityCheckpoint from '@fiducia/finality-checkpoint';
import * as finalityCheckpointLightClient from '@fiducia/finality-checkpoint/light-client';
import * as host from '@fiducia/host';
import * as ledger from '@fiducia/ledger';
import * as node from '@fiducia/node';
import * as simulator from '@fiducia/simulator';
import * as trust from '@fiducia/trust';

export const entries: readonly object[] = [
  consensus,
  consensusDpos,
  consensusDtDpos,
  consensusPbft,
  consensusPos,
  consensusPow,
  consensusPorts,
  crypto,
  cryptoMiner,
  di,
  energy,
  finalityCheckpoint,
  finalityCheckpointLightClient,
  host,
  ledger,
  node,
  simulator,
  trust,
];
