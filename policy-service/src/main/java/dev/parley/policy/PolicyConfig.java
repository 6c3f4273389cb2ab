package dev.parley.policy;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/** The service's settings as they are written; {@link PolicySettings} holds them checked. */
@ConfigMapping(prefix = PolicyConfig.PREFIX)
public interface PolicyConfig {

  /** What all keys start with. */
  String PREFIX = "parley.policy";

  /**
   * The model's Hugging Face directory, or that of an adapter in PEFT's layout: what is served as
   * version 0. Must be given.
   */
  Optional<Path> model();

  /** The directory of an adapter's base, if it is not where the adapter says. */
  Optional<Path> base();

  /**
   * The run whose prompts are answered and whose versions are followed. Without it the service
   * answers requests only and needs no broker.
   */
  Optional<String> runId();

  /**
   * Names this policy in rollouts, and is its Kafka transactional id. Two policies that run at the
   * same time must have different ones.
   */
  @WithDefault("policy-${HOSTNAME:localhost}-${quarkus.http.port:8080}")
  String instanceId();

  /**
   * Longest time (ms) after SIGTERM for requests that were begun, and again for prompts in flight:
   * they are finished and published, or go back to the topic.
   */
  @WithDefault("20000")
  int drainTimeoutMs();

  /** Where and how fast answers are computed. */
  Engine engine();

  /** What may be asked for. */
  Generation generation();

  /** The OpenAI-compatible API. */
  HttpApi httpApi();

  /** Kafka: prompts in, rollouts out. */
  Rollout rollout();

  /** The reward service. */
  Remote reward();

  /** The reference service. */
  Remote reference();

  /** New weights. */
  Versions versions();

  /** Where and how fast answers are computed. */
  interface Engine {

    /** Where to compute: cpu, cuda or cuda:N. */
    @WithDefault("cpu")
    String device();

    /** Number format of weights and activations: float32 or bfloat16. */
    @WithDefault("float32")
    String precision();

    /**
     * What decodes: vector (Java on the CPU's vector units; needs --add-modules
     * jdk.incubator.vector), torch (libtorch, any device), or auto: vector where it can.
     */
    @WithDefault("auto")
    String decoder();

    /**
     * Number format of the weights that decoding reads: float32, bfloat16, int8, or auto for that
     * of precision. Others than that one need the decoder vector, and draw from a slightly
     * different distribution, which the trainer corrects.
     */
    @WithDefault("auto")
    String weights();

    /** Most tokens of new prompts that are read in a step in which answers are being made. */
    @WithDefault("64")
    int prefillChunkTokens();

    /** Threads of a step. Without it libtorch's choice, one per physical core. */
    OptionalInt threads();

    /** Most answers that are made at once: the rows of a batch. */
    @WithDefault("16")
    int maxRows();

    /** Tokens whose keys and values are held, over all answers: with the weights, the memory. */
    @WithDefault("32768")
    int maxCacheTokens();

    /** Most answers that wait; beyond, requests are refused with a hint when to come again. */
    @WithDefault("256")
    int queueCapacity();
  }

  /** What may be asked for. */
  interface Generation {

    /** Most tokens of one answer, and how many it gets if the request does not say. */
    @WithDefault("1024")
    int maxNewTokens();

    /** Most answers to one prompt. */
    @WithDefault("64")
    int maxSamples();

    /** Tokens of the answers that are made before the service says that it is ready. */
    @WithDefault("8")
    int warmUpTokens();
  }

  /** The OpenAI-compatible API. */
  interface HttpApi {

    /** Whether it is there. */
    @WithDefault("true")
    boolean enabled();

    /** What clients call the served model. */
    @WithDefault("policy")
    String modelName();

    /**
     * Tokens of an answer to /v1/completions that does not say; never more than max-new-tokens. The
     * default is OpenAI's.
     */
    @WithDefault("16")
    int completionTokens();
  }

  /** Kafka: prompts in, rollouts out. */
  interface Rollout {

    /**
     * Prompts that are begun and not yet published. With 1, a group is always one batch of its own,
     * so that a run whose prompts carry seeds gives the same tokens again.
     */
    @WithDefault("8")
    int maxPromptsInFlight();

    /**
     * Time (ms) after which the broker aborts the transaction that a killed policy left open.
     * Readers of rollouts wait for that long at most (and for the broker to look).
     */
    @WithDefault("10000")
    int transactionTimeoutMs();

    /** Time (ms) after which the broker gives the prompts of a killed policy to the others. */
    @WithDefault("10000")
    int sessionTimeoutMs();

    /** Largest rollout (bytes). The topic's max.message.bytes must be larger by 64 KiB. */
    @WithDefault("15728640")
    int maxRecordBytes();
  }

  /** Another service. */
  interface Remote {

    /**
     * Where it is: host:port, or dns:///name:port to spread calls over all addresses of a name.
     * Without it rollouts lack what it gives.
     */
    Optional<String> target();

    /** Deadline (ms) of one try. */
    @WithDefault("30000")
    int tryTimeoutMs();

    /** Deadline (ms) of all tries for one prompt. */
    @WithDefault("120000")
    int totalTimeoutMs();

    /** Most tries for one prompt. A try waits while nobody is at the service's address. */
    @WithDefault("10")
    int attempts();

    /** Longest pause (ms) before the second try; the bound doubles with each further one. */
    @WithDefault("200")
    int firstBackoffMs();

    /** Longest pause (ms) before any try. */
    @WithDefault("5000")
    int longestBackoffMs();
  }

  /** New weights. */
  interface Versions {

    /**
     * Longest time (ms) that a prompt waits for the version that it requires; then its rollout says
     * TIMED_OUT, and the trainer goes on.
     */
    @WithDefault("120000")
    int waitMs();
  }
}
