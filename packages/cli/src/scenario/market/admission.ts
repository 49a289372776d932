/**
 * Admission of the participants on the chain (energy DM6): application, review, meter, approval, each
 * sent as soon as the step before stands in a block.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Crypto } from '@fiducia/crypto';
import {
  approveMeter,
  COSIGN_DOMAIN,
  energyCosignData,
  type ParticipantReport,
  readMarket,
  readMeter,
  registerMeter,
  registerParticipant,
  reviewParticipant,
} from '@fiducia/energy';
import { ledgerScope, type StateReader } from '@fiducia/ledger';
import type { Simulation } from '@fiducia/simulator';
import { supervisorKeyPair } from '../genesis.ts';
import type { Gateway } from './gateway.ts';
import { gridKeyPair, type MarketParticipant, SYSTEM_GATEWAY } from './participants.ts';

/** What the admission agents need. */
export interface AdmissionParts {
  readonly simulation: Simulation;
  readonly crypto: Crypto;
  /** Gateway of a node by its number. */
  readonly gatewayOf: (node: number) => Gateway;
  readonly participants: readonly MarketParticipant[];
  /** Zone that everybody trades in. */
  readonly zone: string;
}

/** Quarters of an hour: W to Wh per market slot. */
const SLOTS_PER_HOUR = 4;

/**
 * Starts the agents of all participants, of the supervisor and of the grid operator. Each looks at
 * the state of its own gateway, at once and after every change of the head there.
 */
export function startAdmission(parts: AdmissionParts): void {
  const { simulation, gatewayOf, participants } = parts;
  const started = new Set<string>();
  // A head changes in the middle of an event; the answer to it is an event of its own in the trace.
  const once = (step: string, send: () => Promise<void>): void => {
    if (started.has(step)) return;
    started.add(step);
    simulation.schedule(simulation.now(), step, send);
  };

  const watch = (node: number, takeStep: TakeStep, clients: readonly MarketParticipant[]): void => {
    const gateway = gatewayOf(node);
    const look = (): void => {
      const state = gateway.ledger.stateAt();
      const waiting = state && clients.filter(({ meterId }) => readMeter(state, meterId)?.status !== 'ACTIVE');
      if (state === undefined || waiting === undefined || waiting.length === 0) return;
      const members = new Map(readMarket(state).participants.map((member) => [member.id, member]));
      for (const client of waiting) takeStep({ parts, gateway, state, once }, client, members.get(client.id));
    };
    gateway.ledger.events.on('headChanged', look);
    look();
  };
  for (const node of new Set(participants.map(({ gateway }) => gateway))) {
    watch(
      node,
      takeApplicantStep,
      participants.filter(({ gateway }) => gateway === node),
    );
  }
  watch(SYSTEM_GATEWAY, takeSystemStep, participants);
}

/** What an agent acts on. */
interface Desk {
  readonly parts: AdmissionParts;
  readonly gateway: Gateway;
  readonly state: StateReader;
  readonly once: (step: string, send: () => Promise<void>) => void;
}

type TakeStep = (desk: Desk, participant: MarketParticipant, member: ParticipantReport | undefined) => void;

/** Application, then the meter. */
const takeApplicantStep: TakeStep = ({ parts, gateway, once }, participant, member) => {
  const { id, role, account, meterId, meter, capGenW, capLoadW } = participant;
  if (member === undefined) {
    const application = { id, role, zone: parts.zone, capGenW, capLoadW, docsHash: documentHash(id), deposit: 0n };
    once(`apply/${id}`, () => gateway.send(account, { type: registerParticipant, write: () => application }));
  } else if (member.status === 'ACTIVE' && member.meters.length === 0) {
    const registration = {
      meterId,
      key: meter.address,
      maxImportWh: capLoadW / SLOTS_PER_HOUR,
      maxExportWh: capGenW / SLOTS_PER_HOUR,
      startImport: 0,
      startExport: 0,
    };
    once(`meter/${id}`, () => gateway.send(account, { type: registerMeter, write: () => registration }));
  }
};

/** Review by the supervisor, then approval of the meter by the grid operator with the supervisor's signature. */
const takeSystemStep: TakeStep = ({ parts, gateway, state, once }, { id, meterId }, member) => {
  const account = supervisorKeyPair();
  if (member?.status === 'PENDING') {
    const limits = { capGenW: null, capLoadW: null };
    const review = {
      id,
      decision: 'APPROVE' as const,
      reasonCode: 'REVIEWED',
      evidenceHash: documentHash(id),
      ...limits,
    };
    once(`review/${id}`, () => gateway.send(account, { type: reviewParticipant, write: () => review }));
  }
  if (readMeter(state, meterId)?.status === 'PENDING') {
    const data = energyCosignData('energy/approveMeter', { meterId });
    const signature = parts.crypto.sign(account, ledgerScope(gateway.ledger.chainId), COSIGN_DOMAIN, data);
    const approval = { meterId, cosigner: account.address, signature };
    once(`approve/${id}`, () => gateway.send(gridKeyPair(), { type: approveMeter, write: () => approval }));
  }
};

/** Stands for the hash of documents that stay off the chain (energy PV1). */
function documentHash(id: string): Uint8Array {
  return createHash('sha256').update(`fiducia-demo/documents/${id}`).digest();
}
