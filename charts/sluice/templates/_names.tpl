{{- define "sluice.selectorLabels" -}}
app.kubernetes.io/name: sluice
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "sluice.labels" -}}
{{ include "sluice.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: sluice
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Cluster-scoped objects of two installations must not meet. */}}
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

{{- define "sluice.xdsPort" -}}
{{ dig "xds" "port" 18000 .Values.config | int }}
{{- end -}}

{{- define "sluice.probesPort" -}}
{{ dig "probes" "port" 19001 .Values.config | int }}
{{- end -}}

{{- define "sluice.adminPort" -}}
{{ dig "admin" "port" 19000 .Values.config | int }}
{{- end -}}
