/**
 * The live view of a run: a progress bar above the table of the nodes.
 *
 * @module
 */
import { createLogUpdate } from 'log-update';
import { cyan, dim } from 'yoctocolors';
import { formatCount } from '../format.ts';
import type { DemoProgress } from '../scenario/result.ts';
import { formatNodeTable } from './table.ts';

const BAR_WIDTH = 40;

/** Shows progress until it is closed. */
export interface ProgressView {
  /** Redraws with the newest numbers. */
  update(progress: DemoProgress): void;
  /** Removes the live view; what follows is printed below the earlier output. */
  close(): void;
}

/** A view that redraws in place; only for terminals. */
export function createLiveView(stream: NodeJS.WriteStream, malicious: number): ProgressView {
  const draw = createLogUpdate(stream);
  return {
    update(progress) {
      const { round, rounds, summary } = progress;
      const facts = [
        `${formatCount(summary.blocks)} blocks`,
        `${formatCount(summary.rejectedBlocks)} rejected`,
        `${formatCount(summary.evidence)} proven`,
        `${formatCount(summary.tradedWh)} Wh traded`,
      ];
      const bar = `${formatBar(round / rounds)} round ${formatCount(round)} of ${formatCount(rounds)}`;
      draw(`\n${bar}\n${dim(facts.join(' · '))}\n\n${formatNodeTable(summary.nodes, malicious)}\n`);
    },
    close() {
      draw.clear();
      draw.done();
    },
  };
}

/** Shows one line with a bar until it is closed. */
export interface LiveLine {
  /** Redraws; `share` is 0 to 1. */
  update(share: number, text: string): void;
  /** Removes the line. */
  close(): void;
}

/** A line that redraws in place; only for terminals. */
export function createLiveLine(stream: NodeJS.WriteStream): LiveLine {
  const draw = createLogUpdate(stream);
  return {
    update: (share, text) => draw(`\n${formatBar(share)} ${text}\n`),
    close() {
      draw.clear();
      draw.done();
    },
  };
}

/** A view for pipes and files: says nothing. */
export function createSilentView(): ProgressView {
  return { update: () => undefined, close: () => undefined };
}

/** A bar of fixed width; `share` is 0 to 1. */
export function formatBar(share: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH);
  return cyan('━'.repeat(filled)) + dim('━'.repeat(BAR_WIDTH - filled));
}
