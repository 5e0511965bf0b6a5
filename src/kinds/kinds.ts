import type { z } from 'zod';
import type { AttachedPoliciesRow } from './derived/attached-policies.ts';
import type {
  EffectiveListenerRow,
  EffectiveListenerSetRow,
  EffectiveListenersRow,
  EffectivePortRow,
  OurGatewayRow,
  PortNamesRow,
  ValidationScope,
} from './derived/effective-listeners.ts';
import type { HostClaimRow, HostOwnerRow } from './derived/host-owner.ts';
import type { RoutePlacesRow } from './derived/route-places.ts';
import type { KindTable } from './kind-table.ts';
import type { ObjectName } from '../units/unit-def.ts';
import type { OidcProviderRow } from './own/oidc-provider.ts';
import type { SessionKeyRow } from './own/session-key.ts';
import type { SettingRow } from './own/settings.ts';
import type { WasmModuleRow } from './own/wasm-module.ts';

interface DerivedRowTypes {
  readonly OurGateway: OurGatewayRow;
  readonly EffectiveListeners: EffectiveListenersRow;
  readonly AttachedPolicies: AttachedPoliciesRow;
  readonly EffectiveListener: EffectiveListenerRow;
  readonly EffectiveListenerSet: EffectiveListenerSetRow;
  /** The Gateway of a ListenerSet. */
  readonly ListenerSetGateway: ObjectName;
  /** The Gateway that a route reaches by a ListenerSet. */
  readonly ListenerSetRoute: ObjectName;
  readonly EffectivePort: EffectivePortRow;
  readonly PortNames: PortNamesRow;
  readonly ClientValidation: ValidationScope;
  readonly HostClaim: HostClaimRow;
  readonly HostOwner: HostOwnerRow;
  readonly RoutePlaces: RoutePlacesRow;
}

/** Rows that are not objects of the API server. */
interface OwnRowTypes {
  /** A part of the config file that translation reads. */
  readonly Settings: SettingRow;
  /** Result of the module keeper. */
  readonly WasmModule: WasmModuleRow;
  /** Result of the document keeper. */
  readonly OidcProvider: OidcProviderRow;
  readonly SessionKey: SessionKeyRow;
}

export type RowTypes = { readonly [K in keyof KindTable]: RowOf<KindTable[K]> } & OwnRowTypes &
  DerivedRowTypes;

export type Kind = keyof RowTypes;

/** Group and kind of a followed kind, such as `gateway.networking.k8s.io/HTTPRoute`, or `/Service`. */
export type KindId = { [K in keyof KindTable]: `${KindTable[K]['group']}/${K}` }[keyof KindTable];

type RowOf<Def> = Def extends { readonly decode: (bytes: Uint8Array) => infer Row }
  ? Row
  : Def extends { readonly schema: z.ZodType<infer Row> }
    ? Row
    : never;
