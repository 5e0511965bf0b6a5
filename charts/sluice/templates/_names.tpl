{{- define "sluice.name" -}}
{{ .Values.nameOverride | default "sluice" }}
{{- end -}}

{{/* The name of the release is not part of it: a namespace has one Sluice. */}}
{{- define "sluice.fullname" -}}
{{ .Values.fullnameOverride | default (include "sluice.name" .) }}
{{- end -}}

{{- define "sluice.infrastructureFullname" -}}
{{ include "sluice.fullname" . }}-infrastructure
{{- end -}}

{{/* Cluster-scoped objects of two installations need different names. */}}
{{- define "sluice.clusterName" -}}
{{ printf "%s-%s" (include "sluice.fullname" .) .Release.Namespace | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "sluice.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (ternary (include "sluice.fullname" .) "default" .Values.serviceAccount.create) }}
{{- end -}}

{{/* Namespace of the Lease and of the Secret. */}}
{{- define "sluice.ownNamespace" -}}
{{ dig "provider" "kubernetes" "namespace" "" .Values.config | default .Release.Namespace }}
{{- end -}}

{{- define "sluice.runsProxies" -}}
{{- if dig "provider" "kubernetes" "infrastructure" "enabled" true .Values.config }}true{{ end -}}
{{- end -}}

{{/* True where a separate Deployment runs the proxies. */}}
{{- define "sluice.isSeparate" -}}
{{- if and (include "sluice.runsProxies" .) (eq (dig "provider" "kubernetes" "infrastructure" "process" "serve" .Values.config) "separate") }}true{{ end -}}
{{- end -}}

{{/* A namespace has no colon in its name, so no other installation has this name. */}}
{{- define "sluice.infrastructureClusterName" -}}
{{ printf "%s:%s" (include "sluice.infrastructureFullname" .) .Release.Namespace }}
{{- end -}}

{{- define "sluice.infrastructureAccount" -}}
{{ with .Values.infrastructure.serviceAccount }}{{ .name | default (ternary (include "sluice.infrastructureFullname" $) "default" .create) }}{{ end }}
{{- end -}}

{{- define "sluice.lease" -}}
{{ dig "provider" "kubernetes" "leaderElection" "lease" "sluice" .Values.config }}
{{- end -}}

{{/* Secret with the CA; empty where the certificates come from files. */}}
{{- define "sluice.tlsSecret" -}}
{{- if kindIs "map" (dig "xds" "tls" "off" .Values.config) }}{{ dig "xds" "tls" "secret" "" .Values.config }}{{ end -}}
{{- end -}}

{{/* Secret with the key of sessions. */}}
{{- define "sluice.sessionSecret" -}}
{{ dig "sessions" "secret" "sluice-sessions" .Values.config }}
{{- end -}}

{{- define "sluice.xdsPort" -}}
{{ dig "xds" "port" 18000 .Values.config | int }}
{{- end -}}

{{- define "sluice.probesPort" -}}
{{ dig "probes" "port" 19001 .Values.config | int }}
{{- end -}}

{{- define "sluice.adminPort" -}}
{{ dig "admin" "port" 19000 .Values.config | int }}
{{- end -}}
