import { existsSync, readFileSync } from 'node:fs';

const file = new URL('../../../../shared/data/community_15min.csv', import.meta.url);

/** Text of the four-week community, or `null` where the reference data is not beside the repository. */
export const communityCsv: string | null = existsSync(file) ? readFileSync(file, 'utf8') : null;

if (communityCsv === null) {
  process.stderr.write('SKIPPED: community_15min.csv is not beside the repository; the four-week tests do not run\n');
}
