import { sessionKeyRow } from '../../../src/kinds/own/session-key.ts';

/** The key of sessions that rigs begin with. */
export const sessionRow = sessionKeyRow('k'.repeat(44));
