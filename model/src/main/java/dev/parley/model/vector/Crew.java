package dev.parley.model.vector;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Threads that work through a job together: all run the same code, share out each stage's parts
 * among themselves, and wait for each other between stages.
 *
 * <p>A decode step has hundreds of stages of some microseconds each, too short to wake a thread
 * for. So members spin for a moment before they give their core away, and sleep between jobs.
 */
final class Crew implements AutoCloseable {

  /** Looks at a flag before giving the core to whoever else wants it: some tens of microseconds. */
  private static final int SPINS = 2_000;

  /** Times that the core is given away before sleeping for a moment. */
  private static final int YIELDS = 50;

  private static final int NAP_NANOS = 20_000;

  private final int members;
  private final List<Thread> helpers = new ArrayList<>();
  private volatile Job current;
  private volatile boolean closed;

  /** What every member does in a job. */
  interface Work {
    /**
     * Does one member's share.
     *
     * @param job gives out parts and ends stages
     */
    void share(Job job);
  }

  /**
   * Starts the members but the first, which is whoever calls {@link #run}.
   *
   * @param members how many threads work, at least 1
   */
  Crew(int members) {
    this.members = members;
    for (int i = 1; i < members; i++) {
      Thread helper = new Thread(this::help, "decode-" + i);
      helper.setDaemon(true);
      helper.start();
      helpers.add(helper);
    }
  }

  /** Returns how many threads work. */
  int members() {
    return members;
  }

  /**
   * Has all members do some work, and returns when all have. To be called by one thread at a time.
   *
   * @throws RuntimeException what a member threw
   */
  void run(Work work) {
    Job job = new Job(work, members);
    current = job;
    helpers.forEach(LockSupport::unpark);
    job.perform();
    if (job.failure instanceof RuntimeException exception) {
      throw exception;
    }
    if (job.failure instanceof Error error) {
      throw error;
    }
  }

  private void help() {
    Job done = null;
    int looked = 0;
    while (!closed) {
      Job job = current;
      if (job != done) {
        job.perform();
        done = job;
        looked = 0;
      } else if (looked++ < SPINS) {
        Thread.onSpinWait();
      } else {
        LockSupport.park(this);
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    helpers.forEach(LockSupport::unpark);
  }

  /** One job: the same for all members. */
  static final class Job {

    private final Work work;
    private final int members;
    private final AtomicInteger arrived = new AtomicInteger();
    private final AtomicInteger taken = new AtomicInteger();
    private volatile int stage;
    private volatile Throwable failure;

    /**
     * Whether the job had failed when the last stage ended. Members go by this, not by the failure
     * itself, which a fast member may meet in the next stage before a slow one has looked.
     */
    private volatile boolean abandoned;

    private Job(Work work, int members) {
      this.work = work;
      this.members = members;
    }

    private void perform() {
      try {
        work.share(this);
        endStage();
      } catch (AbandonedException e) {
        // Another member's failure is what the caller hears of.
        return;
      } catch (RuntimeException | Error e) {
        failure = e;
        meet();
      }
    }

    /**
     * Takes the next parts of the stage.
     *
     * @param count how many to take
     * @return the first of them; it may lie behind the stage's last part
     */
    int take(int count) {
      return taken.getAndAdd(count);
    }

    /**
     * Waits until all members have come to the end of the stage. Parts are then numbered from 0
     * again.
     */
    void endStage() {
      meet();
      if (abandoned) {
        throw new AbandonedException();
      }
    }

    private void meet() {
      int here = stage;
      if (arrived.incrementAndGet() == members) {
        arrived.set(0);
        taken.set(0);
        abandoned = failure != null;
        stage = here + 1;
        return;
      }
      int looked = 0;
      while (stage == here) {
        if (looked < SPINS) {
          Thread.onSpinWait();
        } else if (looked < SPINS + YIELDS) {
          Thread.yield();
        } else {
          LockSupport.parkNanos(this, NAP_NANOS);
        }
        looked++;
      }
    }
  }

  /** Ends a member's share after another member has failed. */
  private static final class AbandonedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    AbandonedException() {
      super("another thread of the job failed", null, false, false);
    }
  }
}
