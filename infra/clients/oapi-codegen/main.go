// Command client registers a user, pages through a list, changes a membership
// and reads its history, with the client that oapi-codegen generates from openapi.yaml.
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"time"

	"client/memberships"
)

func main() {
	user, err := strconv.ParseInt(os.Getenv("USER_ID"), 10, 64)
	if err != nil {
		log.Fatal(err)
	}
	api, err := memberships.NewClientWithResponses(os.Getenv("BASE_URL"), memberships.WithRequestEditorFn(sign))
	if err != nil {
		log.Fatal(err)
	}
	if err := (client{api, user}).run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

// sign adds both tokens to a request.
func sign(_ context.Context, r *http.Request) error {
	r.Header.Set("Authorization", "Bearer "+os.Getenv("ACCESS_TOKEN"))
	r.Header.Set("x-session-token", os.Getenv("SESSION_TOKEN"))
	return nil
}

// client acts on the memberships of one user.
type client struct {
	api  *memberships.ClientWithResponses
	user int64
}

func (c client) run(ctx context.Context) error {
	for organization := range int64(3) {
		if err := c.register(ctx, organization+1, memberships.Scope1); err != nil {
			return err
		}
	}
	if err := c.register(ctx, 3, memberships.Scope2); err != nil {
		return err
	}
	if err := c.list(ctx); err != nil {
		return err
	}
	found, err := c.api.GetUserOrganizationWithResponse(ctx, c.user, 1, nil)
	if err != nil {
		return err
	}
	if found.JSON200 == nil {
		return fmt.Errorf("get: %s: %s", found.Status(), found.Body)
	}
	etag := found.Headers200.ETag
	if err := c.change(ctx, etag, memberships.MembershipChange{Scope: new(memberships.Scope2)}); err != nil {
		return err
	}
	codes := memberships.PermissionsChange{Read: &memberships.Codes{1, 2, 3}}
	if err := c.change(ctx, etag, memberships.MembershipChange{Permissions: &codes}); err != nil {
		return err
	}
	if err := c.change(ctx, "*", memberships.MembershipChange{Scope: new(memberships.Scope1)}); err != nil {
		return err
	}
	return c.history(ctx)
}

// register registers a membership without permissions.
func (c client) register(ctx context.Context, organization int64, scope memberships.Scope) error {
	r, err := c.api.RegisterUserOrganizationWithResponse(ctx, c.user, organization,
		&memberships.RegisterUserOrganizationParams{IdempotencyKey: new(rand.Text())},
		memberships.Registration{Scope: scope})
	switch {
	case err != nil:
		return err
	case r.JSON201 != nil:
		fmt.Printf("201 organization %d, scope %d\n", r.JSON201.Data.OrganizationID, r.JSON201.Data.Scope)
	case r.ApplicationProblemJSON409 != nil:
		p := r.ApplicationProblemJSON409
		fmt.Printf("%d %s: organization %d, scope %d\n", p.Status, p.Type, p.Existing.OrganizationID, p.Existing.Scope)
	default:
		return fmt.Errorf("register: %s: %s", r.Status(), r.Body)
	}
	return nil
}

// list prints the user's organizations, two a page.
func (c client) list(ctx context.Context) error {
	params := memberships.ListUserOrganizationsParams{PageSize: new(2)}
	for {
		r, err := c.api.ListUserOrganizationsWithResponse(ctx, c.user, &params)
		if err != nil {
			return err
		}
		if r.JSON200 == nil {
			return fmt.Errorf("list: %s: %s", r.Status(), r.Body)
		}
		for _, m := range r.JSON200.Data {
			fmt.Printf("200 page %d: organization %d\n", r.JSON200.Pagination.Page, m.OrganizationID)
		}
		if params.Cursor = r.JSON200.Pagination.Next; params.Cursor == nil {
			return nil
		}
	}
}

// change repeats the change with the new ETag after a 412.
func (c client) change(ctx context.Context, etag string, wish memberships.MembershipChange) error {
	r, err := c.api.ChangeUserOrganizationWithResponse(ctx, c.user, 1,
		&memberships.ChangeUserOrganizationParams{IfMatch: etag}, wish)
	switch {
	case err != nil:
		return err
	case r.JSON200 != nil:
		fmt.Printf("200 scope %d, %d codes to read\n", r.JSON200.Data.Scope, len(r.JSON200.Data.Permissions.Read))
	case r.ApplicationProblemJSON412 != nil:
		p := r.ApplicationProblemJSON412
		fmt.Printf("%d %s: scope %d\n", p.Status, p.Type, p.Existing.Scope)
		return c.change(ctx, p.Etag, wish)
	case r.ApplicationProblemJSON428 != nil:
		p := r.ApplicationProblemJSON428
		fmt.Printf("%d %s\n", p.Status, p.Type)
	default:
		return fmt.Errorf("change: %s: %s", r.Status(), r.Body)
	}
	return nil
}

// history prints the history once it is complete.
func (c client) history(ctx context.Context) error {
	for {
		r, err := c.api.ListUserOrganizationHistoryWithResponse(ctx, c.user, 1, nil)
		if err != nil {
			return err
		}
		if r.JSON200 == nil {
			return fmt.Errorf("history: %s: %s", r.Status(), r.Body)
		}
		if !r.JSON200.Complete {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		for _, e := range r.JSON200.Data {
			fmt.Printf("200 entry %d: %s\n", *e.Sequence, e.Type)
		}
		return nil
	}
}
