{{- define "sluice.selectorLabels" -}}
app.kubernetes.io/name: sluice
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "sluice.labels" -}}
{{ include "sluice.selectorLabels" . }}
{{ include "sluice.commonLabels" . }}
{{- end -}}

{{- define "sluice.commonLabels" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: sluice
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Cluster-scoped objects of two installations need different names. */}}
{{- define "sluice.clusterName" -}}
{{ printf "sluice-%s" .Release.Namespace | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "sluice.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (ternary "sluice" "default" .Values.serviceAccount.create) }}
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

{{/* Differs from the labels of `sluice serve`, whose Service must not select these pods. */}}
{{- define "sluice.infrastructureSelectorLabels" -}}
app.kubernetes.io/name: sluice-infrastructure
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "sluice.infrastructureLabels" -}}
{{ include "sluice.infrastructureSelectorLabels" . }}
{{ include "sluice.commonLabels" . }}
{{- end -}}

{{/* A namespace has no colon in its name, so no other installation has this name. */}}
{{- define "sluice.infrastructureClusterName" -}}
{{ printf "sluice-infrastructure:%s" .Release.Namespace }}
{{- end -}}

{{- define "sluice.infrastructureAccount" -}}
{{ with .Values.infrastructure.serviceAccount }}{{ .name | default (ternary "sluice-infrastructure" "default" .create) }}{{ end }}
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
