import { filterSlots } from '../../../src/units/filter-slot.ts';

/** Holds what a client logs when all filter slots of its Gateway come, as they do behind a listener. */
export const slotLine = `ECDS ${Object.values(filterSlots).flat().sort().join(' ')}`;
