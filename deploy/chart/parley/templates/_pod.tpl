{{/* Parts of pods. */}}

{{/* Pod Security "restricted", for the pod. */}}
{{- define "parley.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* Pod Security "restricted", for each container. */}}
{{- define "parley.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* What every pod has. (dict "root" $ "component" "reward" "pod" .Values.reward "grace" 45) */}}
{{- define "parley.podBasics" -}}
automountServiceAccountToken: false
{{- /* A test is a bare pod; the API server looks its account up even in a dry run, where the release's is not there. */}}
{{- if ne .component "test" }}
serviceAccountName: {{ include "parley.serviceAccountName" . }}
{{- end }}
{{- /* Variables that Kubernetes makes from Services look like misspelt settings. */}}
enableServiceLinks: false
securityContext:
  {{- include "parley.podSecurityContext" . | nindent 2 }}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- include "parley.scheduling" . }}
{{- end -}}

{{/* Where pods may run: the component's own values, else those of podDefaults. */}}
{{- define "parley.scheduling" -}}
{{- $own := .pod.scheduling | default dict -}}
{{- $all := .root.Values.podDefaults -}}
{{- with $own.nodeSelector | default $all.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $own.tolerations | default $all.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $own.affinity | default $all.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $own.priorityClassName | default $all.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $own.schedulerName | default $all.schedulerName }}
schedulerName: {{ . }}
{{- end }}
{{- $runtime := $own.runtimeClassName -}}
{{- if and (not $runtime) .root.Values.gpu.enabled (gt (int (dig "gpus" 0 .pod)) 0) -}}
{{- $runtime = .root.Values.gpu.runtimeClassName -}}
{{- end -}}
{{- with $runtime }}
runtimeClassName: {{ . }}
{{- end }}
{{- end -}}

{{/* Spread over nodes as far as it goes. The argument is the selector's labels. */}}
{{- define "parley.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- . | nindent 8 }}
  - maxSkew: 1
    topologyKey: topology.kubernetes.io/zone
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- . | nindent 8 }}
{{- end -}}

{{/* Requests and limits, GPUs among them. (dict "root" $ "pod" .Values.reward) */}}
{{- define "parley.resources" -}}
{{- $resources := deepCopy .pod.resources -}}
{{- $gpus := int (dig "gpus" 0 .pod) -}}
{{- if and .root.Values.gpu.enabled (gt $gpus 0) -}}
{{- $limits := merge (dict .root.Values.gpu.resource $gpus) ($resources.limits | default dict) -}}
{{- $resources = set $resources "limits" $limits -}}
{{- end -}}
{{- toYaml $resources -}}
{{- end -}}

{{/* Probes of a service: loaded and warm within startupSeconds, then asked often. */}}
{{- define "parley.probes" -}}
startupProbe:
  httpGet: {path: /q/health/started, port: http}
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: {{ max 1 (div (int .startupSeconds) 5) }}
readinessProbe:
  httpGet: {path: /q/health/ready, port: http}
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 2
livenessProbe:
  httpGet: {path: /q/health/live, port: http}
  periodSeconds: 10
  timeoutSeconds: 10
  failureThreshold: 6
{{- end -}}

{{/* The component's own annotations and those of podDefaults. */}}
{{- define "parley.podAnnotations" -}}
{{- with merge (dict) (.pod.podAnnotations | default dict) .root.Values.podDefaults.annotations }}
{{- toYaml . }}
{{- end }}
{{- end -}}

{{/* What services and trainers are told beside their settings: logs, traces, and how long clients need to hear that a pod is gone. */}}
{{- define "parley.serviceEnv" -}}
{{- if .root.Values.logging.json }}
- name: QUARKUS_LOG_CONSOLE_JSON_ENABLED
  value: "true"
{{- end }}
{{- with .root.Values.tracing.endpoint }}
- name: QUARKUS_OTEL_SDK_DISABLED
  value: "false"
- name: QUARKUS_OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ . | quote }}
{{- end }}
{{- with .pod.shutdownDelaySeconds }}
- name: QUARKUS_SHUTDOWN_DELAY
  value: {{ . }}s
{{- end }}
{{- include "parley.javaEnv" . }}
{{- end -}}

{{/* Environment of every Java container. */}}
{{- define "parley.javaEnv" -}}
{{- with .pod.javaOptions }}
- name: JAVA_TOOL_OPTIONS
  value: {{ . | quote }}
{{- end }}
{{- with .pod.env }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* How Kafka clients connect: environment of the policy and the trainer, and of jobs that make topics. */}}
{{- define "parley.kafkaEnv" -}}
- name: KAFKA_BOOTSTRAP_SERVERS
  value: {{ include "parley.bootstrapServers" . | quote }}
{{- $security := .Values.kafka.security }}
{{- if ne $security.protocol "PLAINTEXT" }}
- name: KAFKA_SECURITY_PROTOCOL
  value: {{ $security.protocol }}
{{- end }}
{{- if contains "SASL" $security.protocol }}
- name: KAFKA_SASL_MECHANISM
  value: {{ $security.sasl.mechanism }}
- name: PARLEY_BROKER_USER
  valueFrom:
    secretKeyRef:
      name: {{ $security.sasl.existingSecret }}
      key: {{ $security.sasl.userKey }}
- name: PARLEY_BROKER_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ $security.sasl.existingSecret }}
      key: {{ $security.sasl.passwordKey }}
- name: KAFKA_SASL_JAAS_CONFIG
  {{- $module := ternary "org.apache.kafka.common.security.plain.PlainLoginModule" "org.apache.kafka.common.security.scram.ScramLoginModule" (eq $security.sasl.mechanism "PLAIN") }}
  value: {{ printf "%s required username=\"$(PARLEY_BROKER_USER)\" password=\"$(PARLEY_BROKER_PASSWORD)\";" $module | quote }}
{{- end }}
{{- if and (contains "SSL" $security.protocol) $security.tls.existingSecret }}
- name: KAFKA_SSL_TRUSTSTORE_TYPE
  value: PEM
- name: KAFKA_SSL_TRUSTSTORE_LOCATION
  value: /etc/parley/kafka/{{ $security.tls.caKey }}
{{- end }}
{{- end -}}

{{- define "parley.kafkaMounts" -}}
{{- if and (contains "SSL" .Values.kafka.security.protocol) .Values.kafka.security.tls.existingSecret }}
- name: kafka-ca
  mountPath: /etc/parley/kafka
  readOnly: true
{{- end }}
{{- end -}}

{{- define "parley.kafkaVolumes" -}}
{{- if and (contains "SSL" .Values.kafka.security.protocol) .Values.kafka.security.tls.existingSecret }}
- name: kafka-ca
  secret:
    secretName: {{ .Values.kafka.security.tls.existingSecret }}
    items:
      - key: {{ .Values.kafka.security.tls.caKey }}
        path: {{ .Values.kafka.security.tls.caKey }}
{{- end }}
{{- end -}}

{{/* Models and runs, read only. */}}
{{- define "parley.storageMounts" -}}
- name: models
  mountPath: /models
  readOnly: true
- name: runs
  mountPath: /runs
  readOnly: true
{{- end -}}

{{- define "parley.storageVolumes" -}}
- name: models
  persistentVolumeClaim:
    claimName: {{ include "parley.modelsClaim" . }}
- name: runs
  persistentVolumeClaim:
    claimName: {{ include "parley.runsClaim" . }}
{{- end -}}

{{/* Waits until models are there, so that a pod neither starts too early nor crashes over and over.
     (dict "root" $ "image" "…" "directories" (list "/models/sft")) */}}
{{- define "parley.waitForModels" -}}
- name: wait-for-models
  image: {{ .image }}
  imagePullPolicy: {{ .root.Values.image.pullPolicy }}
  command: [bash, -c]
  args:
    - |
      for directory in "$@"; do
        until [ -d "$directory" ]; do
          echo "waiting for $directory: models.fetch brings it, or copy it there"
          sleep 5
        done
      done
    - wait-for-models
    {{- range .directories }}
    - {{ . | quote }}
    {{- end }}
  securityContext:
    {{- include "parley.securityContext" . | nindent 4 }}
  resources:
    requests: {cpu: 10m, memory: 16Mi}
    limits: {cpu: 100m, memory: 64Mi}
  volumeMounts:
    {{- include "parley.storageMounts" . | nindent 4 }}
{{- end -}}
