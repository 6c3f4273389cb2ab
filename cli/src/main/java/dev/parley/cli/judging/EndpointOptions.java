package dev.parley.cli.judging;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.parley.judge.chat.AnswerStore;
import dev.parley.judge.chat.ApiKey;
import dev.parley.judge.chat.ChatClient;
import dev.parley.judge.chat.ChatRequest;
import dev.parley.judge.chat.Endpoint;
import dev.parley.judge.chat.Message;
import dev.parley.judge.chat.Prices;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that say which model is asked over HTTP, and how hard, as a picocli mixin. */
public final class EndpointOptions {

  /** The environment variable that holds the key, unless another one is named. */
  static final String KEY_VARIABLE = "PARLEY_JUDGE_API_KEY";

  private CommandSpec spec;

  @Option(
      names = {"--judge", "--endpoint"},
      required = true,
      paramLabel = "URL",
      description =
          "An endpoint with OpenAI's chat completions: http://localhost:8091 is a Parley policy.")
  private String address;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "NAME",
      description = "The model's name at the endpoint.")
  private String model;

  @Option(
      names = "--api-key-env",
      paramLabel = "NAME",
      defaultValue = KEY_VARIABLE,
      description =
          "The environment variable with the API key; no key is sent if it is not set. Default:"
              + " ${DEFAULT-VALUE}.")
  private String keyVariable;

  @Option(
      names = "--temperature",
      defaultValue = "0",
      description = "Of the endpoint's sampling. Default: ${DEFAULT-VALUE}.")
  private double temperature;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      defaultValue = "1024",
      description = "Most tokens of one answer. Default: ${DEFAULT-VALUE}.")
  private int maxTokens;

  @Option(
      names = "--field",
      paramLabel = "NAME=JSON",
      description =
          "A field of every request besides the usual ones; null leaves a usual one out. May be"
              + " repeated.")
  private Map<String, String> fields = new LinkedHashMap<>();

  @Option(
      names = "--concurrency",
      paramLabel = "N",
      defaultValue = "4",
      description = "Most questions at once. Default: ${DEFAULT-VALUE}.")
  private int concurrency;

  @Option(
      names = "--requests-per-minute",
      paramLabel = "N",
      defaultValue = "0",
      description = "Most questions a minute; 0, the default, sets no bound.")
  private int requestsPerMinute;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "120",
      description = "Longest time for one whole answer. Default: ${DEFAULT-VALUE}.")
  private double timeout;

  @Option(
      names = "--attempts",
      paramLabel = "N",
      defaultValue = "5",
      description =
          "How often a question is asked while the endpoint is busy or broken. Default:"
              + " ${DEFAULT-VALUE}.")
  private int attempts;

  @Option(
      names = "--price-in",
      paramLabel = "PRICE",
      defaultValue = "0",
      description = "Price of a million tokens of questions, for the sum of costs.")
  private double priceIn;

  @Option(
      names = "--price-out",
      paramLabel = "PRICE",
      defaultValue = "0",
      description = "Price of a million tokens of answers.")
  private double priceOut;

  @Option(
      names = "--max-cost",
      paramLabel = "COST",
      description = "Ask no more once this much is spent.")
  private Optional<Double> maxCost = Optional.empty();

  @Option(
      names = "--cache",
      paramLabel = "DIR",
      defaultValue = ".parley/answers",
      description =
          "Where answers are kept, so that a second run costs nothing. Default: ${DEFAULT-VALUE}.")
  private Path cache;

  /** Called by picocli with the command that these options belong to. */
  @Spec(Target.MIXEE)
  void mixInto(CommandSpec mixee) {
    spec = mixee;
  }

  /**
   * The endpoint's client.
   *
   * @throws ParameterException if an option is out of its range
   */
  public ChatClient client() {
    try {
      return new ChatClient(endpoint(), AnswerStore.in(cache));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private Endpoint endpoint() {
    if (!(priceIn >= 0 && priceOut >= 0)) {
      throw new IllegalArgumentException("--price-in and --price-out: expected zero or more");
    }
    if (maxCost.isPresent() && priceIn == 0 && priceOut == 0) {
      throw new IllegalArgumentException(
          "--max-cost bounds nothing without prices; give --price-in and --price-out");
    }
    return new Endpoint(
        Endpoint.address(address),
        model,
        Optional.ofNullable(System.getenv(keyVariable))
            .filter(key -> !key.isBlank())
            .map(key -> new ApiKey(key.strip())),
        Duration.ofMillis(Math.round(timeout * 1000)),
        attempts,
        concurrency,
        requestsPerMinute,
        new Prices(priceIn, priceOut),
        maxCost.orElse(Double.POSITIVE_INFINITY),
        extraFields());
  }

  /** Values are JSON where they can be, so that 5 is a number; other words are text. */
  private Map<String, JsonNode> extraFields() {
    Map<String, JsonNode> extra = new LinkedHashMap<>();
    ObjectMapper json = new ObjectMapper();
    fields.forEach(
        (name, value) -> {
          try {
            extra.put(name, json.readTree(value));
          } catch (JsonProcessingException e) {
            extra.put(name, TextNode.valueOf(value));
          }
        });
    return extra;
  }

  /**
   * How answers are sampled; the messages are to be replaced.
   *
   * @param seed of the sampling, where the endpoint takes one
   * @param topLogProbs how many likely tokens are named
   */
  public ChatRequest sampling(OptionalLong seed, int topLogProbs) {
    if (!(temperature >= 0) || maxTokens < 1) {
      throw new ParameterException(
          spec.commandLine(),
          "--temperature is %s and --max-tokens is %d; expected at least 0 and at least 1"
              .formatted(temperature, maxTokens));
    }
    return new ChatRequest(
        List.of(Message.user("")),
        OptionalDouble.of(temperature),
        OptionalInt.of(maxTokens),
        seed,
        topLogProbs);
  }

  /** The model's name, as it stands in what it judged. */
  public String model() {
    return model;
  }

  /** Most questions at once. */
  public int concurrency() {
    return concurrency;
  }
}
