package dev.parley.policy.openai;

import dev.parley.model.text.Tokenizer;
import dev.parley.policy.generation.DrawnToken;
import dev.parley.policy.generation.GeneratedGroup;
import dev.parley.policy.generation.GeneratedSample;
import dev.parley.policy.generation.GenerationEngine;
import dev.parley.policy.generation.GenerationJob;
import dev.parley.policy.generation.JobPlanner;
import dev.parley.policy.generation.QueueFullException;
import dev.parley.policy.generation.ScoringJob;
import dev.parley.policy.generation.TokenScores;
import dev.parley.policy.prompt.EncodedPrompt;
import dev.parley.policy.prompt.PromptEncoder;
import dev.parley.policy.rollout.AnswerScores;
import dev.parley.proto.policy.v1.GenerateRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * One request on its way: each prompt is a job of the engine, as if it had come over gRPC. Where
 * log-probabilities of the prompt or of other tokens are wanted, the model reads each finished
 * answer once more.
 */
public final class ApiCall {

  private final ApiRequest request;
  private final PromptEncoder encoder;
  private final JobPlanner planner;
  private final GenerationEngine engine;
  private final Optional<AnswerScores> scores;
  private final ApiReply reply;
  private final AnswerWriter writer;
  private final List<EncodedPrompt> prompts = new ArrayList<>();
  private final List<Optional<String>> echoes = new ArrayList<>();
  private final Queue<GenerationJob> jobs = new ConcurrentLinkedQueue<>();
  private final Queue<ScoringJob> scorings = new ConcurrentLinkedQueue<>();
  private final AtomicReferenceArray<Choice> choices;
  private final AtomicInteger missing;
  private final AtomicBoolean ended = new AtomicBoolean();

  /**
   * Prepares.
   *
   * @param request what is wanted
   * @param model what clients call the model
   * @param created seconds since 1970
   * @param encoder makes tokens of prompts
   * @param planner checks and makes jobs
   * @param engine runs them
   * @param scores says which answers are best, where the settings say that it can
   * @param reply the way back
   */
  public ApiCall(
      ApiRequest request,
      String model,
      long created,
      PromptEncoder encoder,
      JobPlanner planner,
      GenerationEngine engine,
      Optional<AnswerScores> scores,
      ApiReply reply) {
    this.request = request;
    this.encoder = encoder;
    this.planner = planner;
    this.engine = engine;
    this.scores = scores;
    this.reply = reply;
    this.writer = new AnswerWriter(request, model, created, planner.tokenizer());
    int answers = request.prompts().size() * request.samples();
    this.choices = new AtomicReferenceArray<>(answers);
    this.missing = new AtomicInteger(answers);
  }

  /**
   * Begins.
   *
   * @throws ApiException if the request cannot be done, or not now
   */
  public void begin() {
    try {
      for (GenerateRequest prompt : request.prompts()) {
        encode(prompt);
      }
      if (request.generates()) {
        generate();
      } else {
        read();
      }
    } catch (QueueFullException | RuntimeException e) {
      ended.set(true);
      cancel();
      throw ApiException.of(request.endpoint(), e);
    }
  }

  private void encode(GenerateRequest prompt) {
    EncodedPrompt encoded = encoder.encode(prompt);
    int length = encoded.tokens().length;
    int longest = engine.longestSequence() - (request.generates() ? 1 : 0);
    if (length > longest) {
      String field = request.endpoint().promptField();
      throw ApiException.invalid(
          field,
          "context_length_exceeded",
          "%s has %d tokens, expected at most %d, so that an answer has room"
              .formatted(field, length, longest));
    }
    prompts.add(encoded);
    echoes.add(request.echo() ? Optional.of(echo(prompt, encoded)) : Optional.empty());
  }

  private String echo(GenerateRequest prompt, EncodedPrompt encoded) {
    Optional<Tokenizer> tokenizer = planner.tokenizer();
    return prompt.hasText()
        ? prompt.getText()
        : tokenizer.map(present -> present.decode(encoded.tokens(), false)).orElse("");
  }

  private void generate() throws QueueFullException {
    List<GenerationJob> planned = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      int prompt = i;
      Consumer<DrawnToken> listener =
          request.stream() ? token -> send(prompt, token) : GenerationJob.NO_TOKEN_LISTENER;
      planned.add(planner.plan(prompts.get(i).tokens(), request.prompts().get(i), listener));
    }
    for (int i = 0; i < planned.size(); i++) {
      int prompt = i;
      GenerationJob job = planned.get(i);
      jobs.add(job);
      engine.submit(job);
      job.result()
          .whenComplete(
              (group, failure) -> {
                if (failure == null) {
                  guarded(() -> take(prompt, group));
                } else {
                  fail(failure);
                }
              });
    }
  }

  /** Answers a request for the prompts themselves. */
  private void read() throws QueueFullException {
    for (int prompt = 0; prompt < prompts.size(); prompt++) {
      for (int sample = 0; sample < request.samples(); sample++) {
        take(prompt, Choice.nothing(sample, engine.served()));
      }
    }
  }

  private void send(int prompt, DrawnToken token) {
    if (!ended.get()) {
      reply.events(() -> writer.chunks(index(prompt, token.index()), echoes.get(prompt), token));
    }
  }

  private int index(int prompt, int sample) {
    return prompt * request.samples() + sample;
  }

  private void take(int prompt, GeneratedGroup group) throws QueueFullException {
    for (GeneratedSample sample : group.samples()) {
      take(prompt, sample);
    }
  }

  private void take(int prompt, GeneratedSample sample) throws QueueFullException {
    int[] tokens = Choice.joined(prompts.get(prompt).tokens(), sample.tokens());
    int first = request.echo() ? 1 : prompts.get(prompt).tokens().length;
    if (!request.needsScores() || first >= tokens.length) {
      finish(prompt, sample, Optional.empty());
      return;
    }
    ScoringJob scoring = new ScoringJob(tokens, first, request.logProbs().orElseThrow());
    scorings.add(scoring);
    engine.submit(scoring);
    scoring
        .result()
        .whenComplete(
            (scores, failure) -> {
              if (failure == null) {
                finish(prompt, sample, Optional.of(scores));
              } else {
                fail(failure);
              }
            });
  }

  private void finish(int prompt, GeneratedSample sample, Optional<TokenScores> tokenScores) {
    int index = index(prompt, sample.index());
    choices.set(
        index,
        new Choice(index, prompts.get(prompt).tokens(), echoes.get(prompt), sample, tokenScores));
    if (missing.decrementAndGet() > 0 || !ended.compareAndSet(false, true)) {
      return;
    }
    List<Choice> all = IntStream.range(0, choices.length()).mapToObj(choices::get).toList();
    if (request.chooses()) {
      // Written on a thread that may wait for the reward service.
      reply.answer(
          () -> writer.best(all, BestOf.choose(request, prompts, all, this.scores.orElseThrow())));
      return;
    }
    if (!request.stream()) {
      reply.answer(() -> writer.whole(all));
      return;
    }
    if (request.includeUsage()) {
      reply.events(() -> List.of(writer.usageChunk(all)));
    }
    reply.end();
  }

  /** What is done on the engine's thread. */
  private interface Step {
    void run() throws QueueFullException;
  }

  private void guarded(Step step) {
    try {
      step.run();
    } catch (QueueFullException | RuntimeException e) {
      fail(e);
    }
  }

  private void fail(Throwable failure) {
    if (ended.compareAndSet(false, true)) {
      cancel();
      reply.fail(ApiException.of(request.endpoint(), failure));
    }
  }

  /** Gives the answers up: they leave the engine at its next step. */
  public void cancel() {
    jobs.forEach(GenerationJob::cancel);
    scorings.forEach(ScoringJob::cancel);
  }
}
