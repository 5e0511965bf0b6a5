import type { RuntimeFractionalPercent } from '../../../proto/gen/envoy/config/core/v3/base.ts';
import { FractionalPercent_DenominatorType } from '../../../proto/gen/envoy/type/v3/percent.ts';

export function millionths(numerator: number): RuntimeFractionalPercent {
  return { defaultValue: { numerator, denominator: FractionalPercent_DenominatorType.MILLION } };
}
