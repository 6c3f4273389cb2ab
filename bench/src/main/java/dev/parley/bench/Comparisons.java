package dev.parley.bench;

import dev.parley.bench.own.ArrivingRequests;
import dev.parley.cli.Failure;
import dev.parley.model.decoding.WeightFormat;
import dev.parley.model.torchscript.Precision;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** All comparisons, in the order in which they are measured. */
final class Comparisons {

  private Comparisons() {}

  /** Returns all of them; making them starts and writes nothing. */
  static List<Comparison> all(Rig rig) {
    return List.of(
        new TrainStep(rig, BenchModel.FIVE_MILLION, 16, Precision.FLOAT32, 1.15),
        new TrainStep(rig, BenchModel.FIFTEEN_MILLION, 16, Precision.FLOAT32, 1.15),
        new TrainStep(rig, BenchModel.SMOL, 4, Precision.FLOAT32, 1.15),
        new TrainStep(rig, BenchModel.SMOL, 4, Precision.BFLOAT16, 1.6),
        new LoraStep(rig, BenchModel.SMOL, 4, 16, 1.2),
        new TrainPeak(rig, BenchModel.FIVE_MILLION, 16, 0.65),
        new TrainPeak(rig, BenchModel.SMOL, 4, 0.7),
        new Generate(
            rig, Python.Peer.TRANSFORMERS, BenchModel.FIFTEEN_MILLION, WeightFormat.FLOAT32, 1, 3),
        new Generate(
            rig, Python.Peer.TRANSFORMERS, BenchModel.FIFTEEN_MILLION, WeightFormat.FLOAT32, 8, 3),
        new Generate(
            rig, Python.Peer.TRANSFORMERS, BenchModel.FIFTEEN_MILLION, WeightFormat.FLOAT32, 32, 5),
        new Generate(rig, Python.Peer.TRANSFORMERS, BenchModel.SMOL, WeightFormat.FLOAT32, 1, 1.5),
        new Generate(rig, Python.Peer.TRANSFORMERS, BenchModel.SMOL, WeightFormat.FLOAT32, 8, 2),
        new Generate(rig, Python.Peer.TRANSFORMERS, BenchModel.SMOL, WeightFormat.FLOAT32, 32, 2.5),
        new DecodeMemory(rig, BenchModel.SMOL),
        llama(rig, WeightFormat.FLOAT32, 1, 0.9),
        llama(rig, WeightFormat.FLOAT32, 8, 1.2),
        llama(rig, WeightFormat.BFLOAT16, 1, 0.9),
        llama(rig, WeightFormat.BFLOAT16, 8, 1.2),
        new ContinuousBatching(rig, ArrivingRequests.Ended.DROPPED),
        new ContinuousBatching(rig, ArrivingRequests.Ended.COMPUTED),
        new PpoUpdate(rig, PpoRuns.Way.LIKE_FOR_LIKE),
        new PpoUpdate(rig, PpoRuns.Way.BEST),
        new PpoCurve(rig, PpoRuns.Way.LIKE_FOR_LIKE),
        new PpoCurve(rig, PpoRuns.Way.BEST),
        new UpdateMessages(rig, 0.03),
        new PpoMemory(rig, PpoRuns.Way.LIKE_FOR_LIKE, 0.6),
        new PpoMemory(rig, PpoRuns.Way.LEAN, 0.6),
        new NewWeights(rig, BenchModel.SMOL, NewWeights.File.CACHED, 1.5),
        new NewWeights(rig, BenchModel.SMOL, NewWeights.File.COLD, 1.5),
        new Replicas(rig, 1, 0.8),
        new Replicas(rig, 2, 0.8),
        new Replicas(rig, 4, 0.8));
  }

  private static Comparison llama(Rig rig, WeightFormat weights, int rows, double bar) {
    return new Generate(rig, Python.Peer.LLAMA_CPP, BenchModel.FIFTEEN_MILLION, weights, rows, bar);
  }

  /**
   * Chooses by name. What is no name itself but the beginning of names, up to a hyphen, stands for
   * all that begin so.
   *
   * @param all the comparisons
   * @param names what was asked for; empty for all
   * @throws Failure if a name stands for none
   */
  static List<Comparison> chosen(List<Comparison> all, List<String> names) {
    if (names.isEmpty()) {
      return all;
    }
    Set<Comparison> chosen = new LinkedHashSet<>();
    for (String name : names) {
      List<Comparison> found = found(all, name);
      if (found.isEmpty()) {
        throw new Failure(
            "there is no comparison \"%s\"".formatted(name),
            "There is: "
                + all.stream().map(Comparison::name).collect(Collectors.joining(", "))
                + "; train-step stands for all that begin so.");
      }
      chosen.addAll(found);
    }
    return List.copyOf(chosen);
  }

  private static List<Comparison> found(List<Comparison> all, String asked) {
    List<Comparison> exact = all.stream().filter(c -> c.name().equals(asked)).toList();
    return exact.isEmpty()
        ? all.stream().filter(c -> c.name().startsWith(asked + "-")).toList()
        : exact;
  }
}
