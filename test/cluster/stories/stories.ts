import { faults } from './faults.ts';
import { issuer } from './issuer.ts';
import { mirrors } from './mirrors.ts';
import { oddServices } from './odd-services.ts';
import { rollout } from './rollout.ts';
import { statuses } from './statuses.ts';
import type { Story } from './story.ts';

export const stories: readonly Story[] = [oddServices, mirrors, faults, rollout, statuses, issuer];
