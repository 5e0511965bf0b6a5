/**
 * The plugins that run one after the other on a route: those of a policy, and with a `mergeType` those of the policy of
 * its listener or Gateway for the types that it has none of.
 */
export interface ChainName {
  readonly own: PolicyName;
  readonly parent: PolicyName | undefined;
}

export interface PolicyName {
  readonly namespace: string;
  readonly name: string;
}

/** `namespace/policy`, or `namespace/policy/namespace/policy` with the parent's behind. */
export function chainName({ own, parent }: ChainName): string {
  const name = `${own.namespace}/${own.name}`;
  return parent === undefined ? name : `${name}/${parent.namespace}/${parent.name}`;
}

/** The inverse of {@link chainName}. */
export function parseChainName(name: string): ChainName {
  const [namespace = '', policy = '', ofParent, parent = ''] = name.split('/');
  return {
    own: { namespace, name: policy },
    parent: ofParent === undefined ? undefined : { namespace: ofParent, name: parent },
  };
}
