import { useState } from "preact/hooks";
import { useRoom } from "./context";

const WRONG = ["auth/invalid-credential", "auth/wrong-password", "auth/user-not-found", "auth/invalid-email"];

export function SignIn() {
  const room = useRoom();
  const { words } = room.state;
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<string | null>(null);
  const enter = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setWrong(null);
    try {
      await room.backend.signIn(email.trim(), password);
    } catch (error) {
      const code = (error as { code?: string }).code ?? "";
      setWrong(WRONG.includes(code) ? words.signInWrong : words.signInAway);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="sign-in" onSubmit={(event) => void enter(event)}>
      <h2>{words.signedOut}</h2>
      <p>{words.signedOutText}</p>
      <label>
        {words.email}
        <input type="email" name="email" autocomplete="username" required value={email} onInput={(event) => setEmail(event.currentTarget.value)} />
      </label>
      <label>
        {words.password}
        <input
          type="password"
          name="password"
          autocomplete="current-password"
          required
          value={password}
          onInput={(event) => setPassword(event.currentTarget.value)}
        />
      </label>
      {wrong !== null && (
        <p class="banner bad" role="alert">
          {wrong}
        </p>
      )}
      <button type="submit" class="primary" disabled={busy}>
        {words.signIn}
      </button>
    </form>
  );
}
