package dev.parley.trainer.toy;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.parley.data.ChatTurn;
import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.generation.Generation;
import dev.parley.model.generation.SamplingOptions;
import dev.parley.model.generation.Sequence;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.proto.Topics;
import dev.parley.proto.kafka.TestBroker;
import dev.parley.proto.prompt.v1.Prompt;
import dev.parley.proto.rollout.v1.Completion;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.proto.rollout.v1.Score;
import dev.parley.proto.rollout.v1.Status;
import dev.parley.proto.rollout.v1.VersionSpan;
import dev.parley.proto.sampling.v1.FinishReason;
import dev.parley.proto.sampling.v1.SamplingParameters;
import dev.parley.proto.version.v1.PolicyVersion;
import dev.parley.trainer.experience.TemplateEncoder;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * A policy, a reward and a reference in one thread. It answers a run's prompts one by one with
 * exactly the version that each asks for, so that what it says is a function of prompt and weights
 * alone, however the trainer is stopped and started meanwhile.
 */
public final class ToyPolicy implements AutoCloseable {

  /** How the toy differs from a real policy. */
  public interface Behaviour {

    /** Scores an answer. */
    double score(int[] answer);

    /** Changes a rollout before it is sent. */
    default Rollout sent(Rollout rollout) {
      return rollout;
    }
  }

  private final String runId;
  private final Behaviour behaviour;
  private final LanguageModel reference;
  private final TemplateEncoder encoder;
  private final KafkaConsumer<String, byte[]> consumer;
  private final KafkaProducer<String, byte[]> producer;
  private final Map<Long, PolicyVersion> versions = new HashMap<>();
  private final List<Prompt> waiting = new ArrayList<>();
  private final List<PolicyVersion> announced = new ArrayList<>();
  private final Thread thread = new Thread(this::work, "toy-policy");
  private volatile boolean closed;
  private volatile RuntimeException failure;
  private LanguageModel served;
  private long servedVersion = -1;

  /**
   * Starts to answer what is asked from now on.
   *
   * @param broker where prompts and versions come from
   * @param runId whose prompts to answer
   * @param model the reference, and the template
   * @param behaviour scores
   */
  public ToyPolicy(TestBroker broker, String runId, Path model, Behaviour behaviour) {
    this.runId = runId;
    this.behaviour = behaviour;
    this.reference = LanguageModel.open(model, EngineOptions.CPU);
    this.encoder = TemplateEncoder.open(model);
    this.producer = broker.producer();
    Map<String, Object> settings =
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
            broker.bootstrapServers(),
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
            false);
    this.consumer =
        new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
    List<TopicPartition> partitions = new ArrayList<>();
    for (String topic : List.of(Topics.PROMPTS, Topics.POLICY_VERSIONS)) {
      consumer
          .partitionsFor(topic)
          .forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
    }
    consumer.assign(partitions);
    consumer.seekToEnd(partitions);
    partitions.forEach(consumer::position);
    thread.start();
  }

  /** Returns the announcements heard so far, in order; once closed, all of them. */
  public List<PolicyVersion> announced() {
    return announced;
  }

  private void work() {
    try {
      while (!closed) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(20))) {
          take(record);
        }
        for (Iterator<Prompt> prompts = waiting.iterator(); prompts.hasNext(); ) {
          Prompt prompt = prompts.next();
          if (versions.containsKey(prompt.getRequiredVersion())) {
            Rollout rollout = behaviour.sent(answer(prompt));
            String key = runId + "/" + prompt.getPromptId();
            producer.send(new ProducerRecord<>(Topics.ROLLOUTS, key, rollout.toByteArray()));
            prompts.remove();
          }
        }
      }
    } catch (RuntimeException e) {
      failure = e;
    } catch (InvalidProtocolBufferException e) {
      failure = new IllegalStateException(e);
    }
  }

  private void take(ConsumerRecord<String, byte[]> record) throws InvalidProtocolBufferException {
    if (record.topic().equals(Topics.PROMPTS)) {
      Prompt prompt = Prompt.parseFrom(record.value());
      if (prompt.getRunId().equals(runId)) {
        waiting.add(prompt);
      }
      return;
    }
    PolicyVersion version = PolicyVersion.parseFrom(record.value());
    if (version.getRunId().equals(runId)) {
      versions.put(version.getVersion().getVersion(), version);
      announced.add(version);
    }
  }

  private Rollout answer(Prompt prompt) {
    PolicyVersion version = versions.get(prompt.getRequiredVersion());
    serve(version);
    List<ChatTurn> turns =
        prompt.getConversation().getMessagesList().stream()
            .map(message -> new ChatTurn(message.getRole(), message.getContent()))
            .toList();
    int[] tokens = encoder.prompt(turns);
    SamplingParameters sampling = prompt.getSampling();
    SamplingOptions options =
        new SamplingOptions(
            sampling.getTemperature(),
            sampling.getTopK(),
            sampling.getTopP(),
            sampling.getMaxNewTokens(),
            sampling.getMinNewTokens(),
            Set.of(TinyModel.END_OF_TURN),
            sampling.getSeed());
    List<int[]> group = new ArrayList<>();
    for (int i = 0; i < prompt.getGroupSize(); i++) {
      group.add(tokens);
    }
    Rollout.Builder rollout =
        Rollout.newBuilder()
            .setPrompt(prompt)
            .setSampling(sampling)
            .setStatus(Status.STATUS_OK)
            .setPolicyInstance("toy");
    Arrays.stream(tokens).forEach(rollout::addPromptTokenIds);
    List<Sequence> sequences = Generation.all(served, TokenBatch.of(group), options);
    for (int i = 0; i < sequences.size(); i++) {
      rollout.addCompletions(completion(i, tokens, sequences.get(i), version, options));
    }
    return rollout.build();
  }

  private void serve(PolicyVersion version) {
    if (version.getVersion().getVersion() != servedVersion) {
      if (served != null) {
        served.close();
      }
      Path directory = Path.of(URI.create(version.getCheckpointUri()));
      served = LanguageModel.open(directory, EngineOptions.CPU);
      servedVersion = version.getVersion().getVersion();
    }
  }

  private Completion completion(
      int index, int[] prompt, Sequence sequence, PolicyVersion version, SamplingOptions options) {
    int[] answer = sequence.tokens();
    boolean ended = answer[answer.length - 1] == TinyModel.END_OF_TURN;
    Completion.Builder completion =
        Completion.newBuilder()
            .setSampleIndex(index)
            .setReferenceStatus(Status.STATUS_OK)
            .setFinishReason(
                ended ? FinishReason.FINISH_REASON_STOP_TOKEN : FinishReason.FINISH_REASON_LENGTH)
            .addVersionSpans(VersionSpan.newBuilder().setVersion(version.getVersion()))
            .addScores(
                Score.newBuilder()
                    .setScorer("toy")
                    .setStatus(Status.STATUS_OK)
                    .setValue(behaviour.score(answer)));
    float[] referenceLogProbs = reference(prompt, answer, options.temperature());
    for (int t = 0; t < answer.length; t++) {
      completion
          .addTokenIds(answer[t])
          .addActionMask(true)
          .addSamplingLogProbs(sequence.samplingLogProbs()[t])
          .addModelLogProbs(sequence.modelLogProbs()[t])
          .addReferenceLogProbs(referenceLogProbs[t]);
    }
    return completion.build();
  }

  private float[] reference(int[] prompt, int[] answer, double temperature) {
    int[] all = Arrays.copyOf(prompt, prompt.length + answer.length);
    System.arraycopy(answer, 0, all, prompt.length, answer.length);
    float[] logProbs = reference.logProbs(TokenBatch.of(List.of(all)), temperature).get(0);
    return Arrays.copyOfRange(logProbs, prompt.length - 1, logProbs.length);
  }

  @Override
  public void close() {
    closed = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    consumer.close();
    producer.close();
    encoder.close();
    reference.close();
    if (served != null) {
      served.close();
    }
    if (failure != null) {
      throw new IllegalStateException("the toy policy failed", failure);
    }
  }
}
