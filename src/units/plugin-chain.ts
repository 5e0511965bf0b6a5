/** Plugins of a route: those of its policy; with a `mergeType` the parent's for the types that it has none of. */
export interface ChainName {
  readonly own: PolicyName;
  readonly parent: PolicyName | undefined;
}

export interface PolicyName {
  readonly namespace: string;
  readonly name: string;
}

/** Returns `namespace/policy`, or `namespace/policy/namespace/policy` with the parent last. */
export function chainName({ own, parent }: ChainName): string {
  const name = `${own.namespace}/${own.name}`;
  return parent === undefined ? name : `${name}/${parent.namespace}/${parent.name}`;
}

export function parseChainName(name: string): ChainName {
  const [namespace = '', policy = '', ofParent, parent = ''] = name.split('/');
  return {
    own: { namespace, name: policy },
    parent: ofParent === undefined ? undefined : { namespace: ofParent, name: parent },
  };
}
