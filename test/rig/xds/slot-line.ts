import { filterSlots } from '../../../src/units/filter-slot.ts';

/** Log line of a client when all filter slots of its Gateway follow a listener. */
export const slotLine = `ECDS ${Object.values(filterSlots).flat().sort().join(' ')}`;
