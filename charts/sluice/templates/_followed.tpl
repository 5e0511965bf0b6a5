{{- /* Made by `node charts/followed-rules.ts` from the table of kinds in src/kinds; edit that table, not this file. */ -}}
{{- define "sluice.clusterKindRules" -}}
# Objects that are translated.
- apiGroups: [gateway.networking.k8s.io]
  resources: [gatewayclasses]
  verbs: [list, watch]
- apiGroups: [apiextensions.k8s.io]
  resources: [customresourcedefinitions]
  resourceNames: [gatewayclasses.gateway.networking.k8s.io]
  verbs: [list, watch]
- apiGroups: [certificates.k8s.io]
  resources: [clustertrustbundles]
  verbs: [list, watch]
# Statuses.
- apiGroups: [gateway.networking.k8s.io]
  resources: [gatewayclasses/status]
  verbs: [patch]
{{- end }}
{{- define "sluice.namespacedKindRules" -}}
# Objects that are translated.
- apiGroups: [gateway.networking.k8s.io]
  resources: [gateways, listenersets, httproutes, grpcroutes, tlsroutes, tcproutes, udproutes, referencegrants, backendtlspolicies]
  verbs: [list, watch]
- apiGroups: [gateway.envoyproxy.io]
  resources: [envoyproxies, envoyextensionpolicies, backends, httproutefilters, securitypolicies, backendtrafficpolicies, clienttrafficpolicies, envoypatchpolicies]
  verbs: [list, watch]
- apiGroups: ['']
  resources: [services, secrets, configmaps]
  verbs: [list, watch]
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [list, watch]
# Statuses.
- apiGroups: [gateway.networking.k8s.io]
  resources: [gateways/status, listenersets/status, httproutes/status, grpcroutes/status, tlsroutes/status, tcproutes/status, udproutes/status, backendtlspolicies/status]
  verbs: [patch]
- apiGroups: [gateway.envoyproxy.io]
  resources: [envoyextensionpolicies/status, backends/status, securitypolicies/status, backendtrafficpolicies/status, clienttrafficpolicies/status, envoypatchpolicies/status]
  verbs: [patch]
{{- end }}
