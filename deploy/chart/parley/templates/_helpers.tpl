{{/* Names, labels, images. A component is one of policy, reward, reference, console, trainer, kafka, postgresql, cli. */}}

{{- define "parley.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels that selectors use and that never change. (dict "root" $ "component" "reward") */}}
{{- define "parley.selectorLabels" -}}
app.kubernetes.io/name: parley
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "parley.labels" -}}
{{ include "parley.selectorLabels" . }}
app.kubernetes.io/part-of: parley
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Of pods: without the chart's version, so that a new chart does not restart what it does not change. */}}
{{- define "parley.podTemplateLabels" -}}
{{ include "parley.selectorLabels" . }}
app.kubernetes.io/part-of: parley
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- with .pod.podLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* registry/repository:tag. (dict "root" $ "image" .Values.reward.image "gpus" 1) */}}
{{- define "parley.image" -}}
{{- $tag := .image.tag | default .root.Values.image.tag | default .root.Chart.AppVersion -}}
{{- if and .root.Values.gpu.enabled (gt (int .gpus) 0) (not .image.tag) -}}
{{- $tag = printf "%s%s" $tag .root.Values.gpu.tagSuffix -}}
{{- end -}}
{{- with .root.Values.image.registry }}{{ . }}/{{ end -}}
{{- printf "%s:%s" .image.repository $tag -}}
{{- end -}}

{{- define "parley.serviceAccountName" -}}
{{- if .root.Values.serviceAccounts.create -}}
{{- printf "%s-%s" (include "parley.fullname" .root) .component -}}
{{- else -}}
{{- .root.Values.serviceAccounts.existing | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "parley.modelsClaim" -}}
{{- .Values.models.existingClaim | default (printf "%s-models" (include "parley.fullname" .)) -}}
{{- end -}}

{{- define "parley.runsClaim" -}}
{{- .Values.runs.existingClaim | default (printf "%s-runs" (include "parley.fullname" .)) -}}
{{- end -}}

{{/* The broker for trials, by a name that means the same in other namespaces: KEDA asks it from its own. */}}
{{- define "parley.ownBroker" -}}
{{- printf "%s-kafka.%s.svc" (include "parley.fullname" .) .Release.Namespace -}}
{{- end -}}

{{/* Where Kafka clients connect, KEDA among them. */}}
{{- define "parley.bootstrapServers" -}}
{{- if .Values.kafka.embedded.enabled -}}
{{- include "parley.ownBroker" . }}:9092
{{- else if .Values.kafka.strimzi.enabled -}}
{{- $strimzi := .Values.kafka.strimzi -}}
{{- .Values.kafka.bootstrapServers | default (printf "%s-kafka-bootstrap.%s.svc:%d" $strimzi.cluster ($strimzi.namespace | default .Release.Namespace) (ternary 9092 9093 (contains "PLAINTEXT" .Values.kafka.security.protocol))) -}}
{{- else -}}
{{- .Values.kafka.bootstrapServers -}}
{{- end -}}
{{- end -}}

{{/* "true" where the release has a database of its own; empty otherwise. */}}
{{- define "parley.ownDatabase" -}}
{{- if and .Values.console.enabled .Values.postgresql.embedded.enabled }}true{{ end -}}
{{- end -}}

{{- define "parley.databaseHost" -}}
{{- if .Values.postgresql.embedded.enabled }}{{ include "parley.fullname" . }}-postgresql{{ else }}{{ .Values.postgresql.host }}{{ end -}}
{{- end -}}

{{- define "parley.databasePort" -}}
{{- if .Values.postgresql.embedded.enabled }}{{ include "parley.port" "postgresql" }}{{ else }}{{ int .Values.postgresql.port }}{{ end -}}
{{- end -}}

{{- define "parley.databaseSecret" -}}
{{- .Values.postgresql.existingSecret | default (printf "%s-postgresql" (include "parley.fullname" .)) -}}
{{- end -}}

{{/* A Secret with random texts, made up once: an upgrade keeps what is there.
     (dict "root" $ "component" "postgresql" "keys" (list "password") "more" (dict "username" "parley")) */}}
{{- define "parley.madeUpSecret" -}}
{{- $name := printf "%s-%s" (include "parley.fullname" .root) .component -}}
{{- $there := lookup "v1" "Secret" .root.Release.Namespace $name | default dict -}}
apiVersion: v1
kind: Secret
metadata:
  name: {{ $name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "parley.labels" . | nindent 4 }}
type: Opaque
data:
  {{- range $key, $value := .more }}
  {{ $key }}: {{ $value | b64enc }}
  {{- end }}
  {{- range $key := .keys }}
  {{ $key }}: {{ dig "data" $key (randAlphaNum 32 | b64enc) $there }}
  {{- end }}
{{- end -}}

{{/* Where run policies find the scores and the reference's log-probabilities; empty without such a service. */}}
{{- define "parley.rewardTarget" -}}
{{- if .Values.reward.enabled }}dns:///{{ include "parley.fullname" . }}-reward:8092{{ else }}{{ .Values.reward.externalTarget }}{{ end -}}
{{- end -}}

{{- define "parley.referenceTarget" -}}
{{- if .Values.reference.enabled }}dns:///{{ include "parley.fullname" . }}-reference:8093{{ else }}{{ .Values.reference.externalTarget }}{{ end -}}
{{- end -}}

{{- define "parley.port" -}}
{{- get (dict "policy" "8091" "reward" "8092" "reference" "8093" "trainer" "8083" "console" "8095" "kafka" "9092" "postgresql" "5432") . -}}
{{- end -}}

{{/* A tree of settings as lines of a properties file. (dict "prefix" "parley.policy" "settings" {…}) */}}
{{- define "parley.properties" -}}
{{- $prefix := .prefix -}}
{{- range $key, $value := .settings }}
{{- if kindIs "map" $value }}
{{- include "parley.properties" (dict "prefix" (printf "%s.%s" $prefix $key) "settings" $value) }}
{{- else if kindIs "string" $value }}
{{ $prefix }}.{{ $key }}={{ $value | replace "\\" "\\\\" }}
{{- else }}
{{ $prefix }}.{{ $key }}={{ toJson $value }}
{{- end }}
{{- end }}
{{- end -}}

{{/* What the schema cannot say: values that contradict each other. Called once, from NOTES and the run template. */}}
{{- define "parley.checks" -}}
{{- $ways := list -}}
{{- if .Values.kafka.embedded.enabled }}{{ $ways = append $ways "kafka.embedded.enabled" }}{{ end -}}
{{- if .Values.kafka.strimzi.enabled }}{{ $ways = append $ways "kafka.strimzi.enabled" }}{{ end -}}
{{- if gt (len $ways) 1 -}}
{{- fail (printf "%s are both true; choose one broker" (join " and " $ways)) -}}
{{- end -}}
{{- if and .Values.kafka.embedded.enabled .Values.kafka.bootstrapServers -}}
{{- fail "kafka.bootstrapServers is set while kafka.embedded.enabled is true; set kafka.embedded.enabled=false to use your own brokers" -}}
{{- end -}}
{{- if and (not .Values.kafka.embedded.enabled) (not .Values.kafka.strimzi.enabled) (not .Values.kafka.bootstrapServers) -}}
{{- fail "there is no broker: set kafka.bootstrapServers, kafka.strimzi.enabled=true, or kafka.embedded.enabled=true for a trial" -}}
{{- end -}}
{{- if and .Values.kafka.embedded.enabled (ne .Values.kafka.security.protocol "PLAINTEXT") -}}
{{- fail (printf "kafka.security.protocol is %s, but the broker of kafka.embedded speaks PLAINTEXT only" .Values.kafka.security.protocol) -}}
{{- end -}}
{{- if and (contains "SASL" .Values.kafka.security.protocol) (not .Values.kafka.security.sasl.existingSecret) -}}
{{- fail (printf "kafka.security.protocol is %s; name the Secret with user name and password in kafka.security.sasl.existingSecret" .Values.kafka.security.protocol) -}}
{{- end -}}
{{- $record := int64 (dig "rollout" "max-record-bytes" 15728640 .Values.policy.settings) -}}
{{- if lt (int64 .Values.kafka.topics.maxMessageBytes) (add $record 65536) -}}
{{- fail (printf "kafka.topics.maxMessageBytes is %d; a policy writes rollouts of up to %d bytes (policy.settings.rollout.max-record-bytes), so it must be at least %d" (int64 .Values.kafka.topics.maxMessageBytes) $record (add $record 65536)) -}}
{{- end -}}
{{- if .Values.console.enabled -}}
{{- if and .Values.postgresql.embedded.enabled .Values.postgresql.host -}}
{{- fail "postgresql.host is set while postgresql.embedded.enabled is true; set postgresql.embedded.enabled=false to use your own server" -}}
{{- end -}}
{{- if not (or .Values.postgresql.embedded.enabled .Values.postgresql.host) -}}
{{- fail "the console has no database: set postgresql.host, or postgresql.embedded.enabled=true for a trial" -}}
{{- end -}}
{{- if not (or .Values.postgresql.embedded.enabled .Values.postgresql.existingSecret) -}}
{{- fail (printf "postgresql.host is %s; name the Secret with user name and password in postgresql.existingSecret" .Values.postgresql.host) -}}
{{- end -}}
{{- if and .Values.console.access.open .Values.console.access.existingSecret -}}
{{- fail "console.access.open is true, so nobody is asked for the token of console.access.existingSecret; choose one" -}}
{{- end -}}
{{- end -}}
{{- if and (eq .Values.autoscaling.mode "keda") (gt (int .Values.autoscaling.runPolicy.maxReplicas) (int .Values.kafka.topics.partitions)) -}}
{{- fail (printf "autoscaling.runPolicy.maxReplicas is %d, but a topic with kafka.topics.partitions=%d keeps only so many policies busy" (int .Values.autoscaling.runPolicy.maxReplicas) (int .Values.kafka.topics.partitions)) -}}
{{- end -}}
{{- end -}}
