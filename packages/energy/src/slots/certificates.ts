/**
 * Certificates of origin, minted with the settlement (energy SE6).
 *
 * @module
 */
import type { Certificate, CertificateHolding, MarketTrade } from '../state/records.ts';
import {
  CERTIFICATES,
  certificateKey,
  memberKey,
  ORDERS,
  orderKey,
  PARTICIPANTS,
  READINGS,
  required,
} from '../state/tables.ts';
import type { MarketId, WattHours } from '../units.ts';
import type { SlotJob } from './work.ts';

/**
 * Gives the buyer of a trade its part of what the seller's meter exported.
 *
 * Trades come in the order of energy SE3 and are served until the export is used up, so a meter's certificate
 * ends at min(export, sold) Wh.
 */
export function certifyTrade(job: SlotJob, trade: MarketTrade): void {
  const { state } = job.context;
  const [, clientRef = ''] = trade.sellOrder.split('/');
  const order = required(state.get(ORDERS, orderKey(job.zone, job.slot, clientRef, trade.seller)), trade.sellOrder);
  const exportWh = state.get(READINGS, memberKey(job.zone, job.slot, order.meter))?.exportWh ?? 0;
  const key = certificateKey(order.meter, job.slot);
  const certificate = state.get(CERTIFICATES, key) ?? emptyCertificate(job, trade.seller);
  const grantedWh = Math.min(trade.wh, exportWh - certificate.wh);
  if (grantedWh <= 0) return;
  state.set(CERTIFICATES, key, {
    ...certificate,
    wh: certificate.wh + grantedWh,
    holdings: addHolding(certificate.holdings, trade.buyer, grantedWh),
  });
}

function emptyCertificate(job: SlotJob, seller: MarketId): Certificate {
  const { role } = required(job.context.state.get(PARTICIPANTS, seller), `participant ${seller}`);
  return { source: role, wh: 0, holdings: [] };
}

/** Trades of one buyer follow each other (energy SE3), so only the last holding can be its own. */
function addHolding(
  holdings: readonly CertificateHolding[],
  owner: MarketId,
  wh: WattHours,
): readonly CertificateHolding[] {
  const last = holdings.at(-1);
  if (last?.owner !== owner) return [...holdings, { owner, wh }];
  return [...holdings.slice(0, -1), { owner, wh: last.wh + wh }];
}
