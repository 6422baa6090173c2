import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useId, useState } from "react";
import { Dialog } from "../../../components/dialog.tsx";
import { noteRefusal, setToken } from "../session-token.ts";
import { useLogin } from "../use-login.ts";

/** Asks for a token when the server does. */
export function LoginPrompt(): ReactNode {
  const { token, refusal } = useLogin();
  if (refusal === undefined) return null;
  return <LoginDialog key={token} refusal={refusal} hadToken={token !== undefined} />;
}

type LoginDialogProps = { readonly refusal: string; readonly hadToken: boolean };

function LoginDialog({ refusal, hadToken }: LoginDialogProps): ReactNode {
  const id = useId();
  const queryClient = useQueryClient();
  const [text, setText] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setToken(text.trim());
    void queryClient.resetQueries(); // Never rejects: queries keep their errors.
  };
  return (
    <Dialog title="This workspace needs a token" onClose={() => noteRefusal(undefined)}>
      <form className="dialog-body" onSubmit={submit}>
        <div className="field">
          <label htmlFor={`${id}-token`}>Access token</label>
          <input
            id={`${id}-token`}
            className="input"
            type="password"
            value={text}
            onChange={(event) => setText(event.target.value)}
            aria-describedby={`${id}-hint`}
            autoComplete="off"
            required
          />
          <span id={`${id}-hint`} className="field-hint">
            {hadToken
              ? refusal
              : "It is kept until this tab is closed. Whoever runs the server makes one with: flightdeck tokens create"}
          </span>
        </div>
        <div className="dialog-actions">
          <button type="submit" className="button button-primary">
            Log in
          </button>
        </div>
      </form>
    </Dialog>
  );
}
