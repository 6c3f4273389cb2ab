package dev.parley.cli.up;

import dev.parley.cli.Failure;
import dev.parley.cli.process.Ports;
import dev.parley.cli.process.ProcessPlan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * A reward service by itself on this machine, for a command that only scores.
 *
 * @param target {@code localhost:PORT}, where it will answer
 * @param plan how to start it
 */
public record RewardProcess(String target, ProcessPlan plan) {

  /**
   * Plans the process, on a free port.
   *
   * @param properties what {@link RewardArgument} says
   * @param threads for tensors
   * @param logs the directory of its log
   * @param patience how long it may take to be ready
   * @throws Failure if the service is not built
   */
  public static RewardProcess plan(
      Map<String, String> properties, int threads, Path logs, Duration patience) {
    Map<String, String> all = new TreeMap<>(properties);
    all.put(ServiceProperties.threads("reward"), Integer.toString(threads));
    Service service = new Service("reward", Ports.free(1).get(0), all);
    return new RewardProcess(service.target(), service.plan(Fleet.root(), logs, threads, patience));
  }
}
