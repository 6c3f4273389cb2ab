package dev.parley.proto.grpc;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.quarkus.grpc.GlobalInterceptor;
import io.quarkus.grpc.runtime.Interceptors;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.inject.spi.Prioritized;
import jakarta.inject.Singleton;

/**
 * Tells services that a caller went away, and keeps late answers off the wire.
 *
 * <p>Vert.x's gRPC server, which shares the port with HTTP, passes a cancellation on only while the
 * request is still being sent (eclipse-vertx/vert.x#5562). What a service answers afterwards goes
 * to a stream that is gone, and Netty then breaks the whole connection with all other calls on it
 * (quarkusio/quarkus#56268). A deadline that passes at the caller is enough for that.
 */
@GlobalInterceptor
@Singleton
public class CancellationInterceptor implements ServerInterceptor, Prioritized {

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    Context context = Vertx.currentContext();
    RoutingContext routing =
        context == null ? null : context.getLocal(RoutingContext.class.getName());
    if (routing == null) {
      return next.startCall(call, headers);
    }
    OneThreadCall<Q, R> guarded = new OneThreadCall<>(call, context);
    ServerCall.Listener<Q> listener = next.startCall(guarded, headers);
    routing.addEndHandler(
        ended -> {
          if (ended.failed()) {
            guarded.callerLeft();
            listener.onCancel();
          }
        });
    return listener;
  }

  /** Before requests are handed to worker threads, so that cancellations are too. */
  @Override
  public int getPriority() {
    return Interceptors.ROUTING_CONTEXT - 1;
  }

  /**
   * Answers from the event loop only, which is also where the end of a stream is noticed, so that
   * no answer passes it.
   */
  private static final class OneThreadCall<Q, R> extends SimpleForwardingServerCall<Q, R> {

    private final Context context;
    private volatile boolean callerLeft;

    OneThreadCall(ServerCall<Q, R> call, Context context) {
      super(call);
      this.context = context;
    }

    void callerLeft() {
      callerLeft = true;
    }

    @Override
    public boolean isCancelled() {
      return callerLeft || super.isCancelled();
    }

    @Override
    public void sendHeaders(Metadata headers) {
      answer(() -> super.sendHeaders(headers));
    }

    @Override
    public void sendMessage(R message) {
      answer(() -> super.sendMessage(message));
    }

    @Override
    public void close(Status status, Metadata trailers) {
      answer(() -> super.close(status, trailers));
    }

    private void answer(Runnable writing) {
      context.runOnContext(
          now -> {
            if (!callerLeft) {
              writing.run();
            }
          });
    }
  }
}
