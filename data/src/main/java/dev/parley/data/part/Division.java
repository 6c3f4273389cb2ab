package dev.parley.data.part;

import dev.parley.data.Fingerprint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Deals groups of rows out to parts. A group draws its place from its fingerprint and the seed
 * alone, so neither the order of the rows nor other groups move it between parts that are shares;
 * parts of so many rows take the groups with the lowest places first.
 */
public final class Division {

  private static final double SUM_TOLERANCE = 1e-9;

  private final List<Part> parts;
  private final long seed;

  /**
   * A group.
   *
   * @param fingerprint what it draws its place from
   * @param rows how many rows it has
   */
  public record Group(Fingerprint fingerprint, long rows) {}

  /** A group's draws: where it stands in line, and where in the shares. */
  private record Drawn(int group, double place, double share) {}

  /**
   * A division.
   *
   * @param parts at least two, with different names; shares that make 1, or a part for the rest
   * @throws IllegalArgumentException if they are not so
   */
  public Division(List<Part> parts, long seed) {
    this.parts = List.copyOf(parts);
    this.seed = seed;
    Set<String> names = new HashSet<>();
    for (Part part : parts) {
      if (!names.add(part.name())) {
        throw new IllegalArgumentException("two parts are called \"" + part.name() + "\"");
      }
    }
    double shares = parts.stream().mapToDouble(part -> part.share().orElse(0)).sum();
    long rests = parts.stream().filter(Part::isRest).count();
    if (parts.size() < 2 || rests > 1 || shares > 1 + SUM_TOLERANCE) {
      throw new IllegalArgumentException(
          "found %d parts, %d of them the rest, with shares that make %s; expected two or more, one rest at most, shares up to 1"
              .formatted(parts.size(), rests, shares));
    }
    if (rests == 0 && Math.abs(shares - 1) > SUM_TOLERANCE) {
      throw new IllegalArgumentException(
          "the shares make %s and no part takes the rest; expected that they make 1, or NAME=rest"
              .formatted(shares));
    }
  }

  /**
   * The part of each group.
   *
   * @return indexes of parts, in the order of the groups
   * @throws IllegalArgumentException if there are fewer rows than a part wants
   */
  public int[] assign(List<Group> groups) {
    List<Drawn> line = new ArrayList<>();
    for (int i = 0; i < groups.size(); i++) {
      SplittableRandom random =
          new SplittableRandom(groups.get(i).fingerprint().high() + seed * 0x9E3779B97F4A7C15L);
      line.add(new Drawn(i, random.nextDouble(), random.nextDouble()));
    }
    line.sort(
        Comparator.comparingDouble(Drawn::place)
            .thenComparing(drawn -> groups.get(drawn.group()).fingerprint()));
    int[] assigned = new int[groups.size()];
    Arrays.fill(assigned, -1);
    for (int part = 0; part < parts.size(); part++) {
      if (parts.get(part).rows().isPresent()) {
        fill(part, parts.get(part).rows().getAsLong(), line, groups, assigned);
      }
    }
    for (Drawn drawn : line) {
      if (assigned[drawn.group()] < 0) {
        assigned[drawn.group()] = shareOf(drawn.share());
      }
    }
    return assigned;
  }

  /** The first groups in line that fit, so that a part has its rows, or a few less. */
  private void fill(int part, long rows, List<Drawn> line, List<Group> groups, int[] assigned) {
    long left = rows;
    for (Drawn drawn : line) {
      long size = groups.get(drawn.group()).rows();
      if (assigned[drawn.group()] < 0 && size <= left) {
        assigned[drawn.group()] = part;
        left -= size;
      }
    }
    if (left == rows) {
      throw new IllegalArgumentException(
          "no group of rows fits into part \"%s\" of %,d rows; expected more rows"
              .formatted(parts.get(part).name(), rows));
    }
  }

  private int shareOf(double place) {
    double upTo = 0;
    int rest = -1;
    int last = -1;
    for (int part = 0; part < parts.size(); part++) {
      if (parts.get(part).isRest()) {
        rest = part;
      } else if (parts.get(part).share().isPresent()) {
        upTo += parts.get(part).share().getAsDouble();
        last = part;
        if (place < upTo) {
          return part;
        }
      }
    }
    return rest >= 0 ? rest : last;
  }

  /**
   * How many rows each part has.
   *
   * @return by the part's name, in the order of the parts
   */
  public Map<String, Long> rows(List<Group> groups, int[] assigned) {
    Map<String, Long> rows = new LinkedHashMap<>();
    parts.forEach(part -> rows.put(part.name(), 0L));
    Map<Integer, Long> sums = new HashMap<>();
    for (int i = 0; i < assigned.length; i++) {
      sums.merge(assigned[i], groups.get(i).rows(), Long::sum);
    }
    sums.forEach((part, sum) -> rows.put(parts.get(part).name(), sum));
    return rows;
  }
}
