import { type MouseEvent, type ReactNode, useState } from "react";
import { ErrorNotice } from "../../../components/error-notice.tsx";
import { Icon } from "../../../components/icon.tsx";
import { useLogin } from "../../login/use-login.ts";
import { artifactAddress } from "../api/artifact-address.ts";
import { saveArtifact } from "../api/save-artifact.ts";
import type { ArtifactPlace } from "../artifact-root.ts";

type DownloadLinkProps = { readonly place: ArtifactPlace; readonly name: string };

/** Saves a file. The browser does so by itself where it needs no token, which a link cannot carry. */
export function DownloadLink({ place, name }: DownloadLinkProps): ReactNode {
  const { token } = useLogin();
  const [error, setError] = useState<unknown>();
  const address = artifactAddress(place);
  const save = (event: MouseEvent): void => {
    if (token === undefined) return;
    event.preventDefault();
    setError(undefined);
    saveArtifact(address, name).catch(setError);
  };
  return (
    <>
      <a className="button button-small" href={address} download={name} onClick={save}>
        <Icon name="download" size={14} /> Download
      </a>
      {error !== undefined && <ErrorNotice error={error} what="The file was not downloaded." />}
    </>
  );
}
