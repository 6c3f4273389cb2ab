{{/* The Kubernetes objects of one run, as a YAML list. __RUN__, __RECIPE__ and __NAMESPACE__ stand for what the CLI fills in. */}}

{{- define "parley.runLabels" -}}
app.kubernetes.io/name: parley-run
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/part-of: parley
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
parley.dev/run: __RUN__
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "parley.runSelector" -}}
app.kubernetes.io/name: parley-run
app.kubernetes.io/component: {{ .component }}
parley.dev/run: __RUN__
{{- end -}}

{{- define "parley.queueLabels" -}}
{{- with .Values.queueing.kueue.queueName }}
kueue.x-k8s.io/queue-name: {{ . }}
{{- end }}
{{- end -}}

{{- define "parley.queueAnnotations" -}}
{{- with .Values.queueing.volcano.queueName }}
scheduling.volcano.sh/queue-name: {{ . }}
{{- end }}
{{- end -}}

{{/* Volcano has its own scheduler. */}}
{{- define "parley.runPod" -}}
{{- $pod := deepCopy .pod -}}
{{- if .root.Values.queueing.volcano.queueName -}}
{{- $_ := set $pod "scheduling" (merge (dict "schedulerName" "volcano") ($pod.scheduling | default dict)) -}}
{{- end -}}
{{- include "parley.podBasics" (dict "root" .root "component" .component "pod" $pod) -}}
{{- end -}}

{{- define "parley.runObjects" -}}
{{- $trainer := .Values.run.trainer -}}
{{- $policy := .Values.run.policy -}}
{{- $trainerContext := dict "root" . "component" "trainer" "pod" $trainer -}}
{{- $policyContext := dict "root" . "component" "policy" "pod" $policy -}}
{{- $scaling := .Values.autoscaling -}}
- apiVersion: batch/v1
  kind: Job
  metadata:
    name: parley-run-__RUN__-trainer
    namespace: __NAMESPACE__
    labels:
      {{- include "parley.runLabels" $trainerContext | nindent 6 }}
      {{- with include "parley.queueLabels" . | trim }}
      {{- . | nindent 6 }}
      {{- end }}
  spec:
    backoffLimit: {{ $trainer.backoffLimit }}
    # A pod of the trainer goes on from the newest checkpoint of the one before it.
    podReplacementPolicy: Failed
    podFailurePolicy:
      rules:
        # A drained node or a preemption is nobody's failure.
        - action: Ignore
          onPodConditions:
            - type: DisruptionTarget
              status: "True"
        # Stopped on request, with a checkpoint.
        - action: Ignore
          onExitCodes:
            containerName: trainer
            operator: In
            values: [3, 143]
        # Settings that are refused are refused the next time, too.
        - action: FailJob
          onExitCodes:
            containerName: trainer
            operator: In
            values: [2]
    template:
      metadata:
        labels:
          {{- include "parley.runLabels" $trainerContext | nindent 10 }}
          {{- with $trainer.podLabels }}
          {{- toYaml . | nindent 10 }}
          {{- end }}
        {{- with printf "%s\n%s" (include "parley.queueAnnotations" .) (include "parley.podAnnotations" $trainerContext) | trim }}
        annotations:
          {{- . | nindent 10 }}
        {{- end }}
      spec:
        restartPolicy: Never
        {{- include "parley.runPod" $trainerContext | nindent 8 }}
        terminationGracePeriodSeconds: {{ $trainer.terminationGracePeriodSeconds }}
        containers:
          - name: trainer
            image: {{ include "parley.image" (dict "root" . "image" $trainer.image "gpus" $trainer.gpus) }}
            imagePullPolicy: {{ .Values.image.pullPolicy }}
            args:
              - train
              - __RECIPE__
              - --config
              - /etc/parley/run/settings.yaml
              - --set
              - run.kafka={{ include "parley.bootstrapServers" . }}
              - --set
              - run.stop-seconds={{ max 1 (sub (int $trainer.terminationGracePeriodSeconds) 10) }}
              {{- if and .Values.gpu.enabled (gt (int $trainer.gpus) 0) }}
              - --set
              - engine.device=cuda
              {{- end }}
            ports:
              - name: http
                containerPort: 8083
                protocol: TCP
            env:
              {{- include "parley.kafkaEnv" . | nindent 14 }}
              {{- with include "parley.serviceEnv" $trainerContext | trim }}
              {{- . | nindent 14 }}
              {{- end }}
            securityContext:
              {{- include "parley.securityContext" . | nindent 14 }}
            resources:
              {{- include "parley.resources" $trainerContext | nindent 14 }}
            startupProbe:
              httpGet: {path: /q/health/started, port: http}
              periodSeconds: 5
              timeoutSeconds: 5
              failureThreshold: {{ max 1 (div (int $trainer.startupSeconds) 5) }}
            readinessProbe:
              httpGet: {path: /q/health/ready, port: http}
              periodSeconds: 10
              timeoutSeconds: 5
            livenessProbe:
              httpGet: {path: /q/health/live, port: http}
              periodSeconds: 30
              timeoutSeconds: 30
              failureThreshold: 10
            volumeMounts:
              - name: run
                mountPath: /etc/parley/run
                readOnly: true
              - name: data
                mountPath: /etc/parley/data
                readOnly: true
              - name: models
                mountPath: /models
                readOnly: true
              - name: runs
                mountPath: /runs
              {{- with include "parley.kafkaMounts" . | trim }}
              {{- . | nindent 14 }}
              {{- end }}
              - name: tmp
                mountPath: /tmp
        volumes:
          - name: run
            configMap:
              name: parley-run-__RUN__
          - name: data
            configMap:
              name: parley-run-__RUN__-data
              optional: true
          {{- include "parley.storageVolumes" . | nindent 10 }}
          {{- with include "parley.kafkaVolumes" . | trim }}
          {{- . | nindent 10 }}
          {{- end }}
          - name: tmp
            emptyDir: {}
- apiVersion: v1
  kind: Service
  metadata:
    name: parley-run-__RUN__-policy
    namespace: __NAMESPACE__
    labels:
      {{- include "parley.runLabels" $policyContext | nindent 6 }}
  spec:
    clusterIP: None
    selector:
      {{- include "parley.runSelector" $policyContext | nindent 6 }}
    ports:
      - name: http
        port: 8091
        targetPort: http
        protocol: TCP
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: parley-run-__RUN__-policy
    namespace: __NAMESPACE__
    labels:
      {{- include "parley.runLabels" $policyContext | nindent 6 }}
      {{- with include "parley.queueLabels" . | trim }}
      {{- . | nindent 6 }}
      {{- end }}
  spec:
    replicas: 1
    {{- if $policy.updateStrategy }}
    strategy:
      {{- toYaml $policy.updateStrategy | nindent 6 }}
    {{- end }}
    selector:
      matchLabels:
        {{- include "parley.runSelector" $policyContext | nindent 8 }}
    template:
      metadata:
        labels:
          {{- include "parley.runLabels" $policyContext | nindent 10 }}
          {{- with $policy.podLabels }}
          {{- toYaml . | nindent 10 }}
          {{- end }}
        {{- with printf "%s\n%s" (include "parley.queueAnnotations" .) (include "parley.podAnnotations" $policyContext) | trim }}
        annotations:
          {{- . | nindent 10 }}
        {{- end }}
      spec:
        {{- include "parley.runPod" $policyContext | nindent 8 }}
        {{- include "parley.spread" (include "parley.runSelector" $policyContext) | nindent 8 }}
        terminationGracePeriodSeconds: {{ $policy.terminationGracePeriodSeconds }}
        containers:
          - name: policy
            image: {{ include "parley.image" (dict "root" . "image" $policy.image "gpus" $policy.gpus) }}
            imagePullPolicy: {{ .Values.image.pullPolicy }}
            ports:
              - name: http
                containerPort: 8091
                protocol: TCP
            env:
              - name: QUARKUS_CONFIG_LOCATIONS
                value: /etc/parley/run/policy.properties
              - name: PARLEY_POLICY_RUN_ID
                value: __RUN__
              - name: PARLEY_POLICY_INSTANCE_ID
                valueFrom:
                  fieldRef:
                    fieldPath: metadata.name
              {{- with include "parley.rewardTarget" . }}
              - name: PARLEY_POLICY_REWARD_TARGET
                value: {{ . | quote }}
              {{- end }}
              {{- with include "parley.referenceTarget" . }}
              - name: PARLEY_POLICY_REFERENCE_TARGET
                value: {{ . | quote }}
              {{- end }}
              {{- if and .Values.gpu.enabled (gt (int $policy.gpus) 0) }}
              - name: PARLEY_POLICY_ENGINE_DEVICE
                value: cuda
              {{- end }}
              {{- include "parley.kafkaEnv" . | nindent 14 }}
              {{- with include "parley.serviceEnv" $policyContext | trim }}
              {{- . | nindent 14 }}
              {{- end }}
            securityContext:
              {{- include "parley.securityContext" . | nindent 14 }}
            resources:
              {{- include "parley.resources" $policyContext | nindent 14 }}
            {{- include "parley.probes" $policy | nindent 12 }}
            volumeMounts:
              - name: run
                mountPath: /etc/parley/run
                readOnly: true
              {{- include "parley.storageMounts" . | nindent 14 }}
              {{- with include "parley.kafkaMounts" . | trim }}
              {{- . | nindent 14 }}
              {{- end }}
              - name: tmp
                mountPath: /tmp
        volumes:
          - name: run
            configMap:
              name: parley-run-__RUN__
          {{- include "parley.storageVolumes" . | nindent 10 }}
          {{- with include "parley.kafkaVolumes" . | trim }}
          {{- . | nindent 10 }}
          {{- end }}
          - name: tmp
            emptyDir:
              sizeLimit: {{ $policy.tmpSize }}
{{- if $policy.podDisruptionBudget.enabled }}
- apiVersion: policy/v1
  kind: PodDisruptionBudget
  metadata:
    name: parley-run-__RUN__-policy
    namespace: __NAMESPACE__
    labels:
      {{- include "parley.runLabels" $policyContext | nindent 6 }}
  spec:
    maxUnavailable: {{ $policy.podDisruptionBudget.maxUnavailable }}
    selector:
      matchLabels:
        {{- include "parley.runSelector" $policyContext | nindent 8 }}
{{- end }}
{{- if eq $scaling.mode "keda" }}
- apiVersion: keda.sh/v1alpha1
  kind: ScaledObject
  metadata:
    name: parley-run-__RUN__-policy
    namespace: __NAMESPACE__
    labels:
      {{- include "parley.runLabels" $policyContext | nindent 6 }}
  spec:
    scaleTargetRef:
      name: parley-run-__RUN__-policy
    minReplicaCount: 0
    maxReplicaCount: {{ $scaling.runPolicy.maxReplicas }}
    pollingInterval: {{ $scaling.keda.pollingInterval }}
    cooldownPeriod: {{ $scaling.keda.cooldownPeriod }}
    advanced:
      # Prompts of all runs share a topic, so lag alone would wake the policies of a run that is over.
      # One policy at least while the trainer is there, by lag up to the most, none without a trainer.
      scalingModifiers:
        formula: "trainer > 0.0 ? max(lag, 1.0) : 0.0"
        target: {{ $scaling.runPolicy.lagPerReplica | quote }}
        activationTarget: "0"
        metricType: AverageValue
    triggers:
      - type: kafka
        name: lag
        metadata:
          bootstrapServers: {{ include "parley.bootstrapServers" . | quote }}
          consumerGroup: parley-policy-__RUN__
          topic: prompts
          lagThreshold: {{ $scaling.runPolicy.lagPerReplica | quote }}
          offsetResetPolicy: earliest
        {{- with $scaling.keda.kafkaAuthenticationRef }}
        authenticationRef:
          name: {{ . }}
        {{- end }}
      - type: kubernetes-workload
        name: trainer
        metadata:
          podSelector: parley.dev/run=__RUN__,app.kubernetes.io/component=trainer
          value: "1"
{{- else if eq $scaling.mode "hpa" }}
- apiVersion: autoscaling/v2
  kind: HorizontalPodAutoscaler
  metadata:
    name: parley-run-__RUN__-policy
    namespace: __NAMESPACE__
    labels:
      {{- include "parley.runLabels" $policyContext | nindent 6 }}
  spec:
    scaleTargetRef:
      apiVersion: apps/v1
      kind: Deployment
      name: parley-run-__RUN__-policy
    minReplicas: {{ max 1 (int $scaling.runPolicy.minReplicas) }}
    maxReplicas: {{ $scaling.runPolicy.maxReplicas }}
    metrics:
      {{- include "parley.hpaMetrics" (dict "root" . "values" $scaling.runPolicy) | nindent 6 }}
{{- end }}
{{- end -}}

{{- define "parley.hpaMetrics" -}}
{{- if .values.metrics -}}
{{- toYaml .values.metrics -}}
{{- else -}}
- type: Resource
  resource:
    name: cpu
    target:
      type: Utilization
      averageUtilization: {{ .values.cpuUtilization }}
{{- end -}}
{{- end -}}
