package dev.parley.reward.scoring;

import dev.parley.judge.chat.AnswerStore;
import dev.parley.judge.chat.ApiKey;
import dev.parley.judge.chat.ChatClient;
import dev.parley.judge.chat.ChatException;
import dev.parley.judge.chat.ChatRequest;
import dev.parley.judge.chat.Endpoint;
import dev.parley.judge.chat.Message;
import dev.parley.judge.chat.Prices;
import dev.parley.judge.verdict.Exchange;
import dev.parley.judge.verdict.Judge;
import dev.parley.judge.verdict.JudgePrompt;
import dev.parley.judge.verdict.PairRuling;
import dev.parley.judge.verdict.Ruling;
import dev.parley.model.text.ChatMessage;
import dev.parley.model.weights.Digests;
import dev.parley.reward.scoring.ScorerTypes.Surroundings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jboss.logging.Logger;

/**
 * A model behind an HTTP endpoint that judges: it grades an answer from 1 to 10, or compares it in
 * both orders with a baseline's answer. An answer without a verdict fails; it never gets a number.
 */
final class JudgeScorer implements Scorer {

  private static final Logger LOG = Logger.getLogger(JudgeScorer.class);
  private static final String INCONSISTENT = "inconsistent";
  private static final int READINGS = 3;

  /** What the judge is asked. */
  enum Mode {
    /** How good an answer is: 1 to 10. */
    GRADE,
    /** Whether it beats a baseline's: 1, ½ or 0. */
    BASELINE
  }

  private final String name;
  private final Judge judge;
  private final Mode mode;
  private final String baseline;
  private final String version;
  private final ExecutorService threads;

  private JudgeScorer(String name, Judge judge, Mode mode, String baseline, String version) {
    this.name = name;
    this.judge = judge;
    this.mode = mode;
    this.baseline = baseline;
    this.version = version;
    this.threads =
        Executors.newFixedThreadPool(
            judge.client().endpoint().concurrency(),
            work -> {
              Thread thread = new Thread(work, "judge-" + name);
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Makes a scorer of its settings, which asks nothing yet. */
  static Scorer of(ScorerSettings settings, Surroundings surroundings) {
    Mode mode = settings.choice("mode", Mode.GRADE);
    String baseline = mode == Mode.BASELINE ? settings.where("baseline", "baseline_answer") : "";
    String address = settings.where("address", "");
    settings.require(
        !address.isEmpty(), "address", address, "an endpoint such as http://localhost:8091/v1");
    Optional<JudgePrompt> own = settings.path("prompt").map(path -> prompt(settings, path));
    boolean pair = mode == Mode.BASELINE;
    JudgePrompt plain =
        own.orElseGet(() -> pair ? JudgePrompt.pair(false) : JudgePrompt.grade(false));
    JudgePrompt withReference =
        own.orElseGet(() -> pair ? JudgePrompt.pair(true) : JudgePrompt.grade(true));
    settings.require(
        plain.kind() == (pair ? JudgePrompt.Kind.PAIR : JudgePrompt.Kind.GRADE),
        "prompt",
        plain.name(),
        pair
            ? "a prompt with {answer_a} and {answer_b}, as mode is baseline"
            : "a prompt with {answer}, as mode is grade");
    ChatRequest how =
        new ChatRequest(
            List.of(Message.user("")),
            OptionalDouble.of(settings.number("temperature", 0)),
            OptionalInt.of(settings.count("max-tokens", 1024)),
            OptionalLong.empty(),
            0);
    String model = settings.text("model", "the model's name at the endpoint");
    ChatClient client;
    try {
      client = new ChatClient(endpoint(settings, address, model), answers(settings));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(settings.key("address") + ": " + e.getMessage(), e);
    }
    return new JudgeScorer(
        surroundings.name(),
        new Judge(client, plain, withReference, how, READINGS),
        mode,
        baseline,
        version(settings, plain, withReference));
  }

  private static JudgePrompt prompt(ScorerSettings settings, Path file) {
    try {
      return JudgePrompt.read(file.toString());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(settings.key("prompt") + ": " + e.getMessage(), e);
    }
  }

  private static Endpoint endpoint(ScorerSettings settings, String address, String model) {
    String variable = settings.where("key-variable", "PARLEY_JUDGE_API_KEY");
    return new Endpoint(
        Endpoint.address(address),
        model,
        Optional.ofNullable(System.getenv(variable))
            .filter(key -> !key.isBlank())
            .map(key -> new ApiKey(key.strip())),
        Duration.ofMillis(whole(settings, "timeout-ms", 60_000, 1)),
        whole(settings, "attempts", 5, 1),
        whole(settings, "concurrency", 8, 1),
        whole(settings, "requests-per-minute", 0, 0),
        Prices.FREE,
        Double.POSITIVE_INFINITY,
        Map.of());
  }

  private static AnswerStore answers(ScorerSettings settings) {
    return settings.path("answers").map(AnswerStore::in).orElseGet(AnswerStore::none);
  }

  /** A number that does not change the score. */
  private static int whole(ScorerSettings settings, String key, int otherwise, int least) {
    String written = settings.where(key, Integer.toString(otherwise));
    String expected = "a whole number of at least " + least;
    try {
      int number = Integer.parseInt(written);
      settings.require(number >= least, key, written, expected);
      return number;
    } catch (NumberFormatException e) {
      throw settings.wrong(key, written, expected);
    }
  }

  /** Over the settings and what the judge is told, wherever that lies. */
  private static String version(
      ScorerSettings settings, JudgePrompt plain, JudgePrompt withReference) {
    String all =
        String.join(
            "\n",
            settings.digest(),
            plain.system(),
            plain.template(),
            withReference.system(),
            withReference.template());
    return Digests.ofBytes(all.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void load() {
    LOG.infof(
        "Scorer %s asks %s at %s",
        name, judge.client().endpoint().model(), judge.client().endpoint().address());
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public List<String> components() {
    return mode == Mode.GRADE ? List.of() : List.of(INCONSISTENT);
  }

  @Override
  public List<Verdict> score(List<Item> items) {
    List<Future<Verdict>> coming = new ArrayList<>();
    for (Item item : items) {
      coming.add(threads.submit(() -> score(item)));
    }
    List<Verdict> verdicts = new ArrayList<>();
    for (Future<Verdict> verdict : coming) {
      verdicts.add(result(verdict));
    }
    return verdicts;
  }

  private static Verdict result(Future<Verdict> verdict) {
    try {
      return verdict.get();
    } catch (ExecutionException e) {
      LOG.errorf(e.getCause(), "The judge failed on an item");
      return Verdict.failed("the judge failed: " + e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Verdict.failed("the service is being stopped");
    }
  }

  private Verdict score(Item item) throws InterruptedException {
    Optional<List<Message>> whole = turns(item.content());
    if (whole.isEmpty()) {
      return Verdict.failed(
          "a judge reads texts, but the item holds tokens; send texts or a conversation");
    }
    List<Message> turns = whole.get();
    int last = turns.size() - 1;
    if (last < 1 || !turns.get(last).role().equals("assistant")) {
      return Verdict.failed(
          "the conversation does not end with an assistant turn that answers another; there is no"
              + " answer to judge");
    }
    Exchange exchange =
        new Exchange(
            turns.subList(0, last),
            Optional.of(item.referenceAnswer()).filter(text -> !text.isBlank()),
            Optional.empty());
    List<Message> answer = turns.subList(last, last + 1);
    try {
      return mode == Mode.GRADE ? grade(exchange, answer) : compare(exchange, answer, item);
    } catch (ChatException | IllegalArgumentException e) {
      return Verdict.failed(e.getMessage());
    }
  }

  private Verdict grade(Exchange exchange, List<Message> answer) throws InterruptedException {
    Ruling ruling = judge.grade(exchange, answer);
    return ruling.ok()
        ? Verdict.of(Double.parseDouble(ruling.verdict().orElseThrow()), Map.of())
        : Verdict.failed(ruling.error());
  }

  private Verdict compare(Exchange exchange, List<Message> answer, Item item)
      throws InterruptedException {
    String other = item.metadata().get(baseline);
    if (other == null) {
      return Verdict.failed(
          "the item has no metadata \"%s\", the answer to compare with; it has %s"
              .formatted(baseline, item.metadata().keySet()));
    }
    PairRuling ruling = judge.compare(exchange, answer, List.of(Message.assistant(other)));
    Map<String, Double> components = new LinkedHashMap<>();
    components.put(INCONSISTENT, ruling.outcome() == PairRuling.Outcome.INCONSISTENT ? 1.0 : 0.0);
    return switch (ruling.outcome()) {
      case FIRST -> Verdict.of(1, components);
      case SECOND -> Verdict.of(0, components);
      case TIE, INCONSISTENT -> Verdict.of(0.5, components);
      case FAILED -> Verdict.failed(ruling.error());
    };
  }

  private static Optional<List<Message>> turns(Content content) {
    if (content instanceof Content.Dialogue dialogue) {
      return Optional.of(dialogue.messages().stream().map(JudgeScorer::message).toList());
    }
    if (content instanceof Content.Texts texts) {
      return Optional.of(
          List.of(Message.user(texts.prompt()), Message.assistant(texts.response())));
    }
    return Optional.empty();
  }

  private static Message message(ChatMessage turn) {
    return new Message(turn.role(), turn.content());
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
