/** Firestore and Auth as the page's backend; loaded only where somebody signs in. */
import { initializeApp } from "firebase/app";
import {
  browserLocalPersistence,
  connectAuthEmulator,
  indexedDBLocalPersistence,
  initializeAuth,
  onAuthStateChanged,
  signInWithEmailAndPassword,
  signOut,
} from "firebase/auth";
import {
  Timestamp,
  collection,
  connectFirestoreEmulator,
  deleteField,
  doc,
  getDocs,
  initializeFirestore,
  limit,
  onSnapshot,
  orderBy,
  query,
  serverTimestamp,
  updateDoc,
  where,
  writeBatch,
  type DocumentData,
  type FirestoreError,
  type Query,
  type QueryDocumentSnapshot,
} from "firebase/firestore";
import type { Anomaly, Sensitivity, Source } from "../api/types";
import { PLATFORMS } from "../api/types";
import type { Backend, Brand, Config, Connection, Freshness, Stop } from "./backend";

export interface Where {
  apiKey: string;
  projectId: string;
  emulators?: { auth: string; firestore: string };
}

const NEWEST = 200;
const MOST_OPEN = 100;
const MOST_BRANDS_WATCHED = 30;
const BATCH = 400;

export function firebase(where_: Where): Backend {
  const app = initializeApp({ apiKey: where_.apiKey, projectId: where_.projectId });
  const auth = initializeAuth(app, { persistence: [indexedDBLocalPersistence, browserLocalPersistence] });
  const db = initializeFirestore(app, { experimentalAutoDetectLongPolling: true });
  if (where_.emulators) {
    connectAuthEmulator(auth, where_.emulators.auth, { disableWarnings: true });
    const { hostname, port } = new URL(where_.emulators.firestore);
    connectFirestoreEmulator(db, hostname, Number(port));
  }

  return {
    live: true,
    now: () => Date.now(),
    token: async (fresh = false) => {
      await auth.authStateReady(); // a page opened by a link asks before it is known who is signed in
      return (await auth.currentUser?.getIdToken(fresh)) ?? null;
    },
    session: (told) =>
      onAuthStateChanged(auth, (user) => told(user && { uid: user.uid, email: user.email ?? user.uid })),
    signIn: async (email, password) => {
      await signInWithEmailAndPassword(auth, email, password);
    },
    signOut: () => signOut(auth),

    brands: (uid, told) =>
      heard(
        query(collection(db, "brands"), where("ownerId", "==", uid)),
        (found) => told(found.map((each) => brandOf(each.id, each.data()))),
        () => told([]),
      ),

    open: (brandIds, told) =>
      all(
        brandIds.slice(0, MOST_BRANDS_WATCHED).map((brandId) =>
          heard(
            query(
              collection(db, "brands", brandId, "performance_anomalies"),
              where("status", "in", ["new", "investigating"]),
              limit(MOST_OPEN),
            ),
            (found) => told(brandId, found.map((each) => plain(each.data()) as Anomaly)),
            () => told(brandId, []),
          ),
        ),
      ),

    watch: (brandId, period, months, ears) => {
      const lost = (error: FirestoreError) => ears.lost(error.code === "permission-denied");
      const below = (name: string) => collection(db, "brands", brandId, name);
      const pages = query(below("history"), where("period", "==", period), where("month", "in", months.slice(0, 10)));
      const newest = query(below("performance_anomalies"), orderBy("detectedAt", "desc"), limit(NEWEST));
      let first = true;
      return all([
        heard(
          below("performance_configs"),
          (found) => ears.config(configOf(found.find((each) => each.id === "main")?.data() ?? {})),
          lost,
        ),
        heard(
          below("freshness"),
          (found) => ears.freshness(found.map((each) => freshnessOf(each.id as Source, each.data()))),
          lost,
        ),
        heard(
          newest,
          (found) => ears.anomalies(found.map((each) => plain(each.data()) as Anomaly)),
          lost,
          () => ears.lost(false),
        ),
        onSnapshot(
          pages,
          () => {
            if (!first) ears.numbers();
            first = false;
          },
          lost,
        ),
      ]);
    },

    openOf: async (brandId, { id }) => {
      const among = collection(db, "brands", brandId, "performance_anomalies");
      const open = where("status", "in", ["new", "investigating"]);
      return (await getDocs(query(among, where("incidentId", "==", id), open))).docs.map((each) => each.id);
    },
    answer: async (brandId, anomalyIds, { status, snoozedUntil }) => {
      const until = snoozedUntil === null ? deleteField() : Timestamp.fromMillis(snoozedUntil);
      for (let at = 0; at < anomalyIds.length; at += BATCH) {
        const batch = writeBatch(db);
        for (const id of anomalyIds.slice(at, at + BATCH)) {
          batch.update(doc(db, "brands", brandId, "performance_anomalies", id), { status, snoozedUntil: until, resolvedBy: deleteField() });
        }
        await batch.commit();
      }
    },

    saveSettings: async (brandId, settings) => {
      await updateDoc(doc(db, "brands", brandId, "performance_configs", "main"), {
        sentrySettings: { ...settings },
        updatedAt: serverTimestamp(),
      });
    },
  };
}

/**
 * Listens to what the server says. Without a network the SDK answers from what it remembers, which may be
 * nothing; that is not told, and where the server was heard before, `away` is.
 */
function heard(
  asked: Query,
  told: (found: QueryDocumentSnapshot[]) => void,
  lost: (error: FirestoreError) => void,
  away: () => void = () => undefined,
): Stop {
  let synced = false;
  return onSnapshot(
    asked,
    { includeMetadataChanges: true },
    (found) => {
      if (!found.metadata.fromCache) told(found.docs);
      else if (synced) away();
      synced ||= !found.metadata.fromCache;
    },
    lost,
  );
}

function all(stops: Stop[]): Stop {
  return () => stops.forEach((stop) => stop());
}

function brandOf(id: string, data: DocumentData): Brand {
  const text = (name: string, or: string) => (typeof data[name] === "string" ? data[name] : or);
  return {
    id,
    name: text("name", id),
    zone: text("timeZone", "America/Sao_Paulo"),
    currency: text("currency", "BRL"),
    locale: text("locale", "pt-BR"),
  };
}

function configOf(data: DocumentData): Config {
  const stored: DocumentData = data.integrations ?? {};
  const chosen: DocumentData = data.sentrySettings ?? {};
  const connections = PLATFORMS.filter((platform) => stored[platform]).map((platform): Connection => {
    const { accountId = "", status = "error", problem = null, expiresAt = null } = stored[platform];
    return { platform, accountId, status, problem, expiresAt: millis(expiresAt) };
  });
  return {
    connections,
    settings: {
      enabled: chosen.enabled ?? true,
      sensitivity: (chosen.sensitivity ?? "medium") as Sensitivity,
      notificationChannels: chosen.notificationChannels ?? ["dashboard"],
    },
  };
}

function freshnessOf(source: Source, data: DocumentData): Freshness {
  return {
    source,
    dataUntil: millis(data.dataUntil),
    staleAt: millis(data.staleAt),
    nextAttemptAt: millis(data.nextAttemptAt),
    problem: data.problem ?? null,
  };
}

function millis(value: unknown): number | null {
  return value instanceof Timestamp ? value.toMillis() : null;
}

/** Returns a document as the API writes it: moments are RFC 3339. */
function plain(value: unknown): unknown {
  if (value instanceof Timestamp) return value.toDate().toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
  }
  return value;
}
