import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import software.amazon.dynamodb.services.local.main.ServerRunner;

/**
 * Serves DynamoDB Local, in memory, on a free port of the loopback interface, and prints its URL.
 * Amazon's own command line listens on every interface.
 */
class Loopback {
    public static void main(String[] arguments) throws Exception {
        var proxy = ServerRunner.createServerFromCommandLineArgs(new String[] {"-inMemory", "-disableTelemetry"});
        var field = proxy.getClass().getDeclaredField("server");
        field.setAccessible(true);
        var server = (Server) field.get(proxy);
        for (Connector connector : server.getConnectors()) {
            ((ServerConnector) connector).setHost("127.0.0.1");
            ((ServerConnector) connector).setPort(0);
        }
        proxy.start();
        for (Connector connector : server.getConnectors()) {
            System.out.println("listening on http://127.0.0.1:" + ((ServerConnector) connector).getLocalPort());
        }
    }
}
