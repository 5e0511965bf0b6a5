/* Fields of Envoy's resources in canonical protobuf JSON that explanations read. Sluice makes no others that matter here. */

export interface ListenerJson {
  readonly name: string;
  readonly address?: { readonly socketAddress?: { readonly portValue?: number; readonly protocol?: string } };
  readonly filterChains?: readonly FilterChainJson[];
}

export interface FilterChainJson {
  readonly name: string;
  readonly filterChainMatch?: {
    readonly serverNames?: readonly string[];
    readonly transportProtocol?: string;
  };
  readonly filters?: readonly { readonly name: string; readonly typedConfig?: ConnectionManagerJson }[];
  readonly transportSocket?: { readonly typedConfig?: TlsJson };
}

interface TlsJson {
  readonly commonTlsContext?: {
    readonly tlsCertificateSdsSecretConfigs?: readonly { readonly name: string }[];
  };
}

export interface ConnectionManagerJson {
  readonly rds?: { readonly routeConfigName: string };
  readonly scopedRoutes?: { readonly name: string };
  readonly routeConfig?: RouteConfigurationJson;
  readonly normalizePath?: boolean;
  readonly mergeSlashes?: boolean;
  readonly pathWithEscapedSlashesAction?: string;
  readonly commonHttpProtocolOptions?: { readonly headersWithUnderscoresAction?: string };
}

export interface RouteConfigurationJson {
  readonly name: string;
  readonly virtualHosts?: readonly {
    readonly domains: readonly string[];
    readonly routes?: readonly RouteJson[];
  }[];
}

export interface RouteJson {
  readonly name?: string;
  readonly match: MatchJson;
  readonly route?: RouteActionJson;
  readonly redirect?: RedirectJson;
  readonly directResponse?: { readonly status: number };
  readonly typedPerFilterConfig?: Readonly<Record<string, FilterConfigJson>>;
  readonly requestHeadersToAdd?: readonly unknown[];
  readonly requestHeadersToRemove?: readonly string[];
  readonly responseHeadersToAdd?: readonly unknown[];
  readonly responseHeadersToRemove?: readonly string[];
}

/** The config of `sluice.choice` names the chains of a route. */
export interface FilterConfigJson {
  readonly onRequestHeaders?: readonly {
    readonly objectKey?: string;
    readonly formatString?: { readonly textFormatSource?: { readonly inlineString?: string } };
  }[];
}

export interface MatchJson {
  readonly prefix?: string;
  readonly path?: string;
  readonly safeRegex?: RegexJson;
  readonly pathSeparatedPrefix?: string;
  readonly connectMatcher?: unknown;
  readonly headers?: readonly { readonly name: string; readonly stringMatch?: TextMatchJson }[];
  readonly queryParameters?: readonly { readonly name: string; readonly stringMatch?: TextMatchJson }[];
  readonly cookies?: readonly { readonly name: string; readonly stringMatch?: TextMatchJson }[];
  readonly runtimeFraction?: {
    readonly defaultValue?: { readonly numerator?: number; readonly denominator?: string };
  };
}

export interface TextMatchJson {
  readonly exact?: string;
  readonly safeRegex?: RegexJson;
}

interface RegexJson {
  readonly regex: string;
}

export interface RouteActionJson {
  readonly cluster?: string;
  readonly weightedClusters?: {
    readonly clusters: readonly { readonly name: string; readonly weight?: number }[];
  };
  readonly clusterNotFoundResponseCode?: string;
  readonly timeout?: string;
  readonly retryPolicy?: { readonly numRetries?: number };
  readonly requestMirrorPolicies?: readonly { readonly cluster: string }[];
  readonly prefixRewrite?: string;
  readonly regexRewrite?: unknown;
  readonly hostRewriteLiteral?: string;
  readonly hostRewriteHeader?: string;
  readonly autoHostRewrite?: boolean;
  readonly hostRewritePathRegex?: unknown;
}

export interface RedirectJson {
  readonly schemeRedirect?: string;
  readonly hostRedirect?: string;
  readonly portRedirect?: number;
  readonly pathRedirect?: string;
  readonly prefixRewrite?: string;
  readonly responseCode?: string;
}

export interface ClusterJson {
  readonly name: string;
  readonly type?: string;
  readonly edsClusterConfig?: { readonly serviceName?: string };
  readonly loadAssignment?: EndpointsJson;
  readonly transportSocket?: unknown;
}

export interface EndpointsJson {
  readonly clusterName: string;
  readonly endpoints?: readonly {
    readonly locality?: { readonly zone?: string };
    readonly lbEndpoints?: readonly { readonly healthStatus?: string }[];
  }[];
}
