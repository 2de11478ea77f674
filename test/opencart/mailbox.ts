/** A mail relay that takes everything, without TLS, and keeps it. */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";

export interface Mail {
  readonly recipients: readonly string[];
  /** Head and body, as they came. */
  readonly text: string;
}

export class Mailbox {
  readonly mails: Mail[] = [];
  private readonly server: Server;

  private constructor() {
    this.server = createServer((socket) => this.serve(socket));
  }

  static async open(host: string, port: number): Promise<Mailbox> {
    const mailbox = new Mailbox();
    mailbox.server.listen(port, host);
    await once(mailbox.server, "listening");
    return mailbox;
  }

  close(): void {
    this.server.close();
  }

  private serve(socket: Socket): void {
    let recipients: string[] = [];
    let heard = "";
    let isText = false;
    const say = (line: string) => socket.write(`${line}\r\n`);
    const command = (line: string) => {
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === "RCPT") recipients.push(/<([^>]*)>/.exec(line)?.[1] ?? line);
      if (verb === "MAIL" || verb === "RSET") recipients = [];
      isText = verb === "DATA";
      say(isText ? "354 go on" : verb === "QUIT" ? "221 bye" : "250 ok");
      if (verb === "QUIT") socket.end();
    };
    const take = (end: string): string | undefined => {
      const at = heard.indexOf(end);
      if (at < 0) return undefined;
      const taken = heard.slice(0, at);
      heard = heard.slice(at + end.length);
      return taken;
    };
    socket.setEncoding("utf8");
    socket.on("error", () => socket.destroy());
    socket.on("data", (data: string) => {
      heard += data;
      for (;;) {
        const taken = take(isText ? "\r\n.\r\n" : "\r\n");
        if (taken === undefined) return;
        if (!isText) command(taken);
        else {
          this.mails.push({ recipients, text: taken });
          isText = false;
          recipients = [];
          say("250 taken");
        }
      }
    });
    say("220 mailbox");
  }
}
