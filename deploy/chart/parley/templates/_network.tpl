{{/* Pieces of NetworkPolicies. */}}

{{/* Pods of this release: (dict "root" $ "names" (list "parley") "components" (list "policy")) */}}
{{- define "parley.peers" -}}
- podSelector:
    matchLabels:
      app.kubernetes.io/instance: {{ .root.Release.Name }}
    matchExpressions:
      - {key: app.kubernetes.io/name, operator: In, values: [{{ join ", " .names }}]}
      - {key: app.kubernetes.io/component, operator: In, values: [{{ join ", " .components }}]}
{{- end -}}

{{/* Prometheus may read /q/metrics on this port. */}}
{{- define "parley.scraping" -}}
{{- with .root.Values.networkPolicy.prometheus }}
- from:
    {{- toYaml . | nindent 4 }}
  ports:
    - {port: {{ $.port }}, protocol: TCP}
{{- end }}
{{- end -}}

{{- define "parley.dns" -}}
- to:
    {{- toYaml .Values.networkPolicy.dns | nindent 4 }}
  ports:
    - {port: 53, protocol: UDP}
    - {port: 53, protocol: TCP}
{{- end -}}

{{/* Traces to the collector. */}}
{{- define "parley.tracingEgress" -}}
{{- with .Values.tracing.endpoint }}
- to:
    {{- toYaml $.Values.networkPolicy.tracing | nindent 4 }}
  ports:
    - {port: {{ regexFind ":[0-9]+" (trimPrefix "https://" (trimPrefix "http://" .)) | trimPrefix ":" | default "4317" }}, protocol: TCP}
{{- end }}
{{- end -}}

{{/* The broker: in the release, of Strimzi, or wherever kafka.bootstrapServers says. */}}
{{- define "parley.kafkaEgress" -}}
{{- if .Values.kafka.embedded.enabled -}}
- to:
    {{- include "parley.peers" (dict "root" . "names" (list "parley") "components" (list "kafka")) | nindent 4 }}
  ports:
    - {port: 9092, protocol: TCP}
{{- else -}}
{{- $ports := list -}}
{{- range splitList "," (include "parley.bootstrapServers" .) -}}
{{- $ports = append $ports (regexFind ":[0-9]+$" (trim .) | trimPrefix ":" | default "9092") -}}
{{- end -}}
{{- range .Values.networkPolicy.kafka.ports -}}
{{- $ports = append $ports (toString .) -}}
{{- end -}}
- ports:
    {{- range uniq $ports }}
    - {port: {{ . }}, protocol: TCP}
    {{- end }}
  {{- if .Values.kafka.strimzi.enabled }}
  to:
    - podSelector:
        matchLabels:
          strimzi.io/cluster: {{ .Values.kafka.strimzi.cluster }}
      namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: {{ .Values.kafka.strimzi.namespace | default .Release.Namespace }}
  {{- else }}
  {{- with .Values.networkPolicy.kafka.to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
{{- end -}}
{{- end -}}
