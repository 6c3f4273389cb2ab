package dev.parley.trainer.recipe;

import dev.parley.trainer.run.RunDirectory;
import dev.parley.trainer.run.RunLog;
import java.util.function.BooleanSupplier;

/**
 * The run that a recipe is part of.
 *
 * @param id its name
 * @param directory its files
 * @param log where it tells what it does
 * @param configuration the resolved settings as YAML
 * @param stopRequested true once the run should write a checkpoint and end
 */
public record RunContext(
    String id,
    RunDirectory directory,
    RunLog log,
    String configuration,
    BooleanSupplier stopRequested) {}
