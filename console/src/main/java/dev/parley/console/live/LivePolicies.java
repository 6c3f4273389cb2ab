package dev.parley.console.live;

import dev.parley.console.ConsoleMetrics;
import dev.parley.console.ConsoleSettings;
import dev.parley.console.study.NewPair;
import dev.parley.console.study.StudyDesign;
import dev.parley.console.study.Turn;
import dev.parley.proto.conversation.v1.Conversation;
import dev.parley.proto.conversation.v1.Message;
import dev.parley.proto.policy.v1.GenerateRequest;
import dev.parley.proto.policy.v1.GeneratedSample;
import dev.parley.proto.policy.v1.PolicyServiceGrpc;
import dev.parley.proto.sampling.v1.SamplingParameters;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** The policies of the settings, over gRPC. */
public final class LivePolicies implements AutoCloseable {

  /** An answer longer than gRPC's 4 MiB would be refused. */
  private static final int LARGEST_ANSWER = 64 << 20;

  private final Map<String, String> targets;
  private final ConsoleSettings.Live settings;
  private final ConsoleMetrics metrics;
  private final Map<String, ManagedChannel> channels = new ConcurrentHashMap<>();

  /**
   * The policies; none is called yet.
   *
   * @param targets addresses by name
   * @param settings how they are asked
   * @param metrics counts
   */
  public LivePolicies(
      Map<String, String> targets, ConsoleSettings.Live settings, ConsoleMetrics metrics) {
    this.targets = targets;
    this.settings = settings;
    this.metrics = metrics;
  }

  /** Their names. */
  public Set<String> names() {
    return new TreeSet<>(targets.keySet());
  }

  /**
   * Two answers to a prompt: of two policies, or two of one.
   *
   * @throws PolicyAwayException if one does not answer
   */
  public NewPair.Answers answer(StudyDesign.Policies policies, List<Turn> prompt) {
    boolean one = policies.first().equals(policies.second());
    List<GeneratedSample> samples = ask(policies.first(), prompt, one ? 2 : 1);
    GeneratedSample second = one ? samples.get(1) : ask(policies.second(), prompt, 1).get(0);
    return new NewPair.Answers(
        turns(samples.get(0)),
        turns(second),
        Optional.of(model(policies.first(), samples.get(0))),
        Optional.of(model(policies.second(), second)));
  }

  private List<GeneratedSample> ask(String policy, List<Turn> prompt, int answers) {
    String target = targets.get(policy);
    if (target == null) {
      throw new PolicyAwayException(
          "there is no policy \"%s\" in the settings (parley.console.policies.%s)"
              .formatted(policy, policy),
          null);
    }
    long began = System.nanoTime();
    boolean answered = false;
    try {
      List<GeneratedSample> samples =
          PolicyServiceGrpc.newBlockingStub(channels.computeIfAbsent(target, LivePolicies::open))
              .withDeadlineAfter(settings.timeout().toMillis(), TimeUnit.MILLISECONDS)
              .withWaitForReady()
              .generate(request(prompt, answers))
              .getSamplesList();
      if (samples.size() != answers) {
        throw new PolicyAwayException(
            "the policy \"%s\" gave %d answers, expected %d"
                .formatted(policy, samples.size(), answers),
            null);
      }
      answered = true;
      return samples;
    } catch (StatusRuntimeException e) {
      throw new PolicyAwayException(
          "the policy \"%s\" at %s does not answer: %s"
              .formatted(policy, target, e.getStatus().getDescription()),
          e);
    } finally {
      metrics.asked(policy, answered, System.nanoTime() - began);
    }
  }

  private GenerateRequest request(List<Turn> prompt, int answers) {
    Conversation.Builder conversation = Conversation.newBuilder();
    prompt.forEach(
        turn ->
            conversation.addMessages(
                Message.newBuilder().setRole(turn.role()).setContent(turn.content())));
    return GenerateRequest.newBuilder()
        .setConversation(conversation)
        .setN(answers)
        .setSampling(
            SamplingParameters.newBuilder()
                .setTemperature(settings.temperature())
                .setMaxNewTokens(settings.maxNewTokens()))
        .build();
  }

  private static ManagedChannel open(String target) {
    return ManagedChannelBuilder.forTarget(target)
        .usePlaintext()
        .maxInboundMessageSize(LARGEST_ANSWER)
        .defaultLoadBalancingPolicy("round_robin")
        .build();
  }

  private static List<Turn> turns(GeneratedSample sample) {
    return List.of(new Turn("assistant", sample.getText()));
  }

  /** By which win rates tell versions of a run apart. */
  private static String model(String policy, GeneratedSample sample) {
    return "%s v%d".formatted(policy, sample.getVersion().getVersion());
  }

  @Override
  public void close() {
    channels.values().forEach(ManagedChannel::shutdownNow);
  }
}
